"""Does the map point at the object? For images whose object has a mask."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.drawing.heatmap import normalize_map
from whylight.errors import QuestionError

TOLERANCE = 15
"""How far off the object the strongest evidence may lie, in pixels of the image as it is."""


def pointing_game_hits(
    map_: NDArray[np.float32], mask: NDArray[np.bool_], tolerance: float = TOLERANCE
) -> bool:
    """The pointing game: is the strongest evidence on the object, or within `tolerance` pixels of it?

    Zhang, Bargal, Lin, Brandt, Shen and Sclaroff, IJCV 126, 2018, arXiv 1608.00507, who allow 15 pixels.
    `map_` `[h, w]` is scaled and resized to the mask's size, bool `[H, W]`, True on the object. A map without
    evidence hits nothing. Raises `QuestionError` for a mask without object.
    """
    scaled = _scaled(map_, mask)
    if not scaled.any():
        return False
    distances = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return bool(distances[np.unravel_index(scaled.argmax(), scaled.shape)] <= tolerance)


def energy_inside(map_: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """The energy-based pointing game: the share of the scaled map that lies on the object, 0 to 1.

    Wang et al. (Score-CAM), 2020, arXiv 1910.01279, section 4.3, with a mask for their bounding box. An even
    map has the object's share of the image; a map without evidence has 0. Arguments as in
    `pointing_game_hits`.
    """
    scaled = _scaled(map_, mask)
    total = float(scaled.sum(dtype=np.float64))
    return float(scaled[mask].sum(dtype=np.float64)) / total if total > 0 else 0.0


def _scaled(map_: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    if mask.ndim != 2 or not mask.any():
        raise QuestionError(
            "a mask of shape {shape} without object: expected [H, W], True on it", shape=mask.shape
        )
    return normalize_map(map_, (mask.shape[0], mask.shape[1]))
