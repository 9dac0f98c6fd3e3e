"""Limits of image files: bytes, pixels, memory and time of decoding."""

from __future__ import annotations

MAX_PIXELS = 200_000_000
"""In pixels: 600 MB as RGB."""

MAX_BYTES = 2**30
"""The largest image file that is read."""

MAX_DECODING_BYTES = 1_500_000_000
"""Memory of decoding one image, the image itself included."""

MAX_SCANS, MAX_SCANNED_PIXELS = 256, 4_000_000_000
"""Scans of a progressive JPEG, and scans times pixels; cameras and programs write about ten scans."""

MAX_ANIMATED_PIXELS = 50_000_000
"""In pixels, of GIFs, animated PNGs and animated WebPs: their decoders hold several whole images."""

SPARSE_PIXELS, MAX_PIXELS_A_BYTE = 16_000_000, 10_000
"""An image of more pixels has a byte for so many of them: less is a damaged header, or a plain colour."""

CHILD_WORK = 100_000_000
"""Pixels, times scans of a JPEG, above which an image is decoded in a child process."""

DECODER_MEMORY_MB = 3000
"""Megabytes (2 ** 20 bytes) that a child process may allocate for decoding."""

DECODER_TIME_S, TIME_VARIABLE = 60.0, "WHYLIGHT_IMAGE_TIME_S"
"""Seconds that a child process may take for an image, and the environment variable that replaces them."""
