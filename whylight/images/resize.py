"""Shrink an image for display."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def shrink_to(image: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """Shrink RGB uint8 `[H, W, 3]` so that no side is longer than `longest` pixels.

    A smaller image is returned as it is.
    """
    height, width = image.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Means over 2 x 2 pixels are a fifth of the work of means over areas of any size, and the same but for
    # rounding. A side that is odd would lose its last pixel.
    while min(width, height) > 1 and width % 2 == height % 2 == 0 and max(width, height) >= 4 * longest:
        width, height = width // 2, height // 2
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    # Down to a half no pixel is passed over between two; the mean over areas takes three times as long.
    interpolation = cv2.INTER_LINEAR if longest / max(height, width) >= 0.5 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), np.uint8)
