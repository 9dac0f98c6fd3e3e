"""Pointing game and its energy-based variant, for images with an object mask."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.drawing.heatmap import normalize_map
from whylight.errors import QuestionError
from whylight.view import View

TOLERANCE = 15
"""Allowed distance of the strongest evidence from the object, in pixels of the original image."""


def pointing_game_hits(
    map_: NDArray[np.float32],
    mask: NDArray[np.bool_],
    tolerance: float = TOLERANCE,
    view: View | None = None,
) -> bool:
    """Return whether the strongest evidence is on the object, up to `tolerance` px.

    Zhang, Bargal, Lin, Brandt, Shen and Sclaroff, IJCV 126, 2018, arXiv 1608.00507, with a tolerance of 15
    pixels. `map_` `[h, w]` is scaled and resized to the mask's size, bool `[H, W]`, true on the object. A map
    without evidence is a miss. `view` is the part of the image that the model saw. Raises `QuestionError` for
    a mask without object.
    """
    scaled = _scaled(map_, mask, view)
    if not scaled.any():
        return False
    distances = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return bool(distances[np.unravel_index(scaled.argmax(), scaled.shape)] <= tolerance)


def energy_inside(map_: NDArray[np.float32], mask: NDArray[np.bool_], view: View | None = None) -> float:
    """Return the share of the scaled map inside the object, 0 to 1.

    Energy-based pointing game: Wang et al. (Score-CAM), 2020, arXiv 1910.01279, section 4.3, with a mask
    instead of a bounding box. A uniform map scores the object's share of the image, a map without evidence 0.
    Arguments as in `pointing_game_hits`.
    """
    scaled = _scaled(map_, mask, view)
    total = float(scaled.sum(dtype=np.float64))
    return float(scaled[mask].sum(dtype=np.float64)) / total if total > 0 else 0.0


def _scaled(map_: NDArray[np.float32], mask: NDArray[np.bool_], view: View | None) -> NDArray[np.float32]:
    if mask.ndim != 2 or not mask.any():
        raise QuestionError(
            "a mask of shape {shape} without object: expected [H, W], True on it", shape=mask.shape
        )
    return normalize_map(map_, (mask.shape[0], mask.shape[1]), view)
