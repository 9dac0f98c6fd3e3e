"""ONNX model in, explanation out: numpy, ONNX, ONNX Runtime and OpenCV; neither torch nor Qt.

OpenCV reads its size limit for pictures once, while it is imported, so it is set here: this runs
before any module of the package can import it. `explain.image_headers` refuses such a picture earlier
and with a better message; this is the second fence, should a header say less than its decoder finds.
"""

from __future__ import annotations

import os

MAX_PIXELS = 200_000_000
"""The largest picture that is decoded, in pixels: 600 MB as RGB."""

os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
