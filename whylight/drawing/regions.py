"""Draw outlines of regions on images."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_LINE, _CASING = (255, 255, 255), (0, 0, 0)


def draw_region(image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a copy of an image with the outline of a region.

    White with a black casing, such a line is visible on any image and on any colour map.

    Args:
        image: RGB uint8 `[h, w, 3]`.
        mask: the region, bool `[h, w]`.
    """
    drawn = image.copy()
    width = max(1, round(min(image.shape[:2]) / 300))
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(drawn, found, -1, _CASING, width + 2)
    cv2.drawContours(drawn, found, -1, _LINE, width)
    return drawn
