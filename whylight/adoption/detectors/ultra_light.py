"""Anchors of Ultra-Light-Face, for its files that leave out the decoding of boxes.

Linzaer, Ultra-Light-Fast-Generic-Face-Detector-1MB (2019), `vision/ssd/config/fd_config.py`: strides 8 to 64,
anchors of 10 to 256 pixels, offsets with variances 0.1 and 0.2 as SSD has them (Liu et al., ECCV 2016).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from whylight.adoption.detectors.box_forms import columns
from whylight.graphs.editor import GraphEditor

Real = NDArray[np.float64]
_SIDES = {8: (10, 16, 24), 16: (32, 48), 32: (64, 96), 64: (128, 192, 256)}
_CENTRE, _SIZE = 0.1, 0.2


def anchors_of(size: tuple[int, int]) -> Real:
    """Return the anchors `[4, P]` of an input `(h, w)`: centres and sizes in pixels."""
    made = []
    for stride, sides in _SIDES.items():
        rows, columns_ = (math.ceil(length / stride) for length in size)
        down, across = (
            (place.reshape(-1, 1) + 0.5) * (length / cells)
            for place, length, cells in zip(np.mgrid[0:rows, 0:columns_], size, (rows, columns_), strict=True)
        )
        each = [
            np.broadcast_to(value, (rows * columns_, len(sides))) for value in (across, down, sides, sides)
        ]
        made.append(np.stack(each).reshape(4, -1))
    return np.concatenate(made, axis=1).astype(np.float64)


def from_anchors(editor: GraphEditor, boxes: str, anchors: Real) -> str:
    """Decode offsets `[N, 4, P]` to centres and sizes in pixels."""
    middle, sizes = (
        editor.constant(part[None], np.float32, "anchors") for part in (anchors[:2], anchors[2:])
    )
    steps = editor.constant(_CENTRE * anchors[None, 2:], np.float32, "steps")
    moved = editor.node("Mul", [columns(editor, boxes, 0, 2), steps], stem="offsets")
    centres = editor.node("Add", [moved, middle], stem="centres")
    grown = editor.node(
        "Mul", [columns(editor, boxes, 2, 4), editor.constant(_SIZE, np.float32, "variance")], stem="grown"
    )
    sides = editor.node("Mul", [editor.node("Exp", [grown], stem="powers"), sizes], stem="sides")
    return editor.node("Concat", [centres, sides], stem="decoded", axis=1)


def read_anchors(boxes: Real, anchors: Real) -> Real:
    """Decode as `from_anchors` does, `[4, P]`."""
    centres = anchors[:2] + _CENTRE * boxes[:2] * anchors[2:]
    return np.concatenate([centres, np.exp(_SIZE * boxes[2:]) * anchors[2:]])
