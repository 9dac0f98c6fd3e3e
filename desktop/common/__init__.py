"""Helpers shared by all of the window: tasks, errors, numbers, Qt values."""
