"""Limits of image files: bytes and pixels."""

from __future__ import annotations

MAX_PIXELS = 200_000_000
"""In pixels: 600 MB as RGB."""

MAX_BYTES = 2**30
"""The largest image file that is read."""
