"""Helpers without a subject of their own: paths, sorting, memory, atomic writing."""
