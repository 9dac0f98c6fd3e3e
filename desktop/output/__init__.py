"""Saving and copying panels, and writing reports."""
