"""Likeness: reference images and texts that images are compared with, and both maps."""
