"""The largest image that is decoded."""

from __future__ import annotations

MAX_PIXELS = 200_000_000
"""In pixels: 600 MB as RGB."""
