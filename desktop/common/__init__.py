"""Shared helpers: tasks, error texts, number formats, Qt types."""
