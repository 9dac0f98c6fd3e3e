"""Boxes of a file as `[N, 4, P]` in pixels: nodes, and the same in NumPy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whylight.detection.description import CXCYWH, XYXY
from whylight.graphs.editor import GraphEditor

_NORMALISED = 2.0
"""Boxes that reach no farther than this are in shares of the input, not in pixels."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Places on grids: corners of cells `[2, P]`, strides `[1, P]`, in pixels."""

    corners: NDArray[np.float64]
    strides: NDArray[np.float64]


def cells_of(size: tuple[int, int], grids: Sequence[tuple[int, int]], anchors: int = 1) -> Cells:
    """Return the places of grids, row by row, the anchors of a cell together."""
    corners, strides = [], []
    for rows, columns in grids:
        # A power of two, also where it does not divide the size: 7 rows of 64 pixels cover 416.
        stride = 2 ** round(math.log2(size[0] / rows))
        down, across = np.mgrid[0:rows, 0:columns]
        corners.append(np.stack([across, down]).reshape(2, -1).repeat(anchors, axis=1) * stride)
        strides.append(np.full((1, rows * columns * anchors), stride))
    return Cells(np.concatenate(corners, 1).astype(np.float64), np.concatenate(strides, 1).astype(np.float64))


def box_form(boxes: NDArray[np.float64]) -> str | None:
    """Return the form of boxes `[4, P]`, corners or centre and size; None for neither."""
    if not np.isfinite(boxes).all():
        return None
    first, second = boxes[:2], boxes[2:]
    if (second >= first).mean() > 0.999:
        return XYXY
    return CXCYWH if (second >= 0).mean() > 0.999 else None


def scale_of(boxes: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Return what boxes `[4, P]` are multiplied with to be in pixels, `[4, 1]`."""
    normalised = float(np.quantile(np.abs(boxes), 0.99)) <= _NORMALISED
    height, width = size if normalised else (1, 1)
    return np.array([[width], [height], [width], [height]], np.float64)


def scaled(editor: GraphEditor, boxes: str, scale: NDArray[np.float64]) -> str:
    """Multiply boxes `[N, 4, P]` by `[4, 1]`."""
    if (scale == 1).all():
        return boxes
    return editor.node("Mul", [boxes, editor.constant(scale[None], np.float32, "scale")], stem="in_pixels")


def columns(editor: GraphEditor, tensor: str, start: int, end: int) -> str:
    """Slice `[N, start:end, P]`."""
    limits = [editor.constant([value]) for value in (start, end, 1)]
    return editor.node("Slice", [tensor, limits[0], limits[1], limits[2]], stem="columns")


def turned(editor: GraphEditor, tensor: str) -> str:
    """Swap the last two axes of `[N, a, b]`."""
    return editor.node("Transpose", [tensor], stem="turned", perm=[0, 2, 1])


def from_cells(editor: GraphEditor, boxes: str, cells: Cells) -> str:
    """Decode offsets `[N, 4, P]` and logarithms of sizes, in strides (YOLOX, YuNet)."""
    strides = editor.constant(cells.strides[None], np.float32, "strides")
    corners = editor.constant(cells.corners[None], np.float32, "cells")
    moved = editor.node("Mul", [columns(editor, boxes, 0, 2), strides], stem="offsets")
    centres = editor.node("Add", [moved, corners], stem="centres")
    powers = editor.node("Exp", [columns(editor, boxes, 2, 4)], stem="powers")
    sizes = editor.node("Mul", [powers, strides], stem="sizes")
    return editor.node("Concat", [centres, sizes], stem="decoded", axis=1)


def read_cells(boxes: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
    """Decode as `from_cells` does, `[4, P]`."""
    return np.concatenate([boxes[:2] * cells.strides + cells.corners, np.exp(boxes[2:]) * cells.strides])


def from_distances(editor: GraphEditor, boxes: str, cells: Cells) -> str:
    """Decode distances `[N, 4, P]` to the box's sides, in strides (SCRFD)."""
    strides = editor.constant(cells.strides[None], np.float32, "strides")
    corners = editor.constant(cells.corners[None], np.float32, "cells")
    pixels = editor.node("Mul", [boxes, strides], stem="distances")
    low = editor.node("Sub", [corners, columns(editor, pixels, 0, 2)], stem="upper_left")
    high = editor.node("Add", [corners, columns(editor, pixels, 2, 4)], stem="lower_right")
    return editor.node("Concat", [low, high], stem="decoded", axis=1)


def read_distances(boxes: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
    """Decode as `from_distances` does, `[4, P]`."""
    pixels = boxes * cells.strides
    return np.concatenate([cells.corners - pixels[:2], cells.corners + pixels[2:]])
