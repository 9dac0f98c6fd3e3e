"""Explaining many images or several layers at once."""
