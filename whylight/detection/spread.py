"""Spread the evidence of a map's cells over the pixels they are computed from.

A cell of a detector's layer is computed from a wide field of pixels, those in its middle counting most: the
effective receptive field is a Gaussian (Luo et al., NeurIPS 2016, arXiv:1701.04128). Enlarging a map between
its cells shows them as points; spreading them shows where the evidence lies in the image.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

FIELD = 0.04
"""Standard deviation of the field, as a share of the input's longer side.

docs/engineering/faithfulness-boxes.md has the figures by which it was chosen.
"""
_STEP = 4
"""Pixels of the input for each cell of the result."""


def spread_evidence(maps: Iterable[NDArray[np.float32]], field: float = FIELD) -> NDArray[np.float32]:
    """Spread maps `[H, W]` of the input's size over the fields of their cells.

    Args:
        maps: M maps, not normalised.
        field: see `FIELD`.

    Returns:
        Maps `[M, H / 4, W / 4]`, which cover the input.
    """
    found = []
    for map_ in maps:
        size = (-(-map_.shape[1] // _STEP), -(-map_.shape[0] // _STEP))
        small = cv2.resize(map_, size, interpolation=cv2.INTER_AREA)
        found.append(cv2.GaussianBlur(small, (0, 0), field * max(map_.shape) / _STEP))
    return np.asarray(np.stack(found), np.float32)
