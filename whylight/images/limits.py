"""Limits of image files: bytes and pixels."""

from __future__ import annotations

MAX_PIXELS = 200_000_000
"""In pixels: 600 MB as RGB."""

MAX_BYTES = 2**30
"""The largest image file that is read."""

MAX_DECODING_BYTES = 1_500_000_000
"""Memory of decoding one image, the image itself included."""

MAX_SCANS, MAX_SCANNED_PIXELS = 256, 4_000_000_000
"""Scans of a progressive JPEG, and scans times pixels; cameras and programs write about ten scans."""
