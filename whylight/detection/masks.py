"""Masks of boxes: the pixels of a box that belong to the thing.

A detector of this kind answers with C coefficients for each place, and C prototypes, maps of the whole input.
The mask's logits are the sum of the prototypes times a place's coefficients (YOLACT; Bolya et al., ICCV 2019,
arXiv:1904.02689), cropped to the box.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.view import View


@dataclass(frozen=True, slots=True, eq=False)
class MaskLogits:
    """Logits of a box's mask where its prototypes have cells."""

    values: NDArray[np.float32]
    """`[h, w]`: the cells of the prototypes around the box."""
    corner: tuple[int, int]
    """Row and column of the first of them among all cells."""
    grid: tuple[int, int]
    """Rows and columns of all cells, which cover the network's input."""
    view: View
    """Of the image."""

    def in_box(self, corners: tuple[float, float, float, float]) -> NDArray[np.bool_]:
        """Return the mask, bool `[H, W]` of the image's size.

        Logits are interpolated bilinearly to the image's pixels; the mask is where they are positive, inside
        the box.

        Args:
            corners: left, top, right and bottom of the box, in pixels of the image.
        """
        height, width = self.view.image_size
        found = np.zeros((height, width), np.bool_)
        left, right = _whole(corners[0], corners[2], width)
        top, bottom = _whole(corners[1], corners[3], height)
        if left >= right or top >= bottom:
            return found
        across, down = self._cells(left, right, 1), self._cells(top, bottom, 0)
        logits = cv2.remap(
            self.values,
            np.broadcast_to(across, (bottom - top, right - left)).astype(np.float32),
            np.broadcast_to(down[:, None], (bottom - top, right - left)).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        found[top:bottom, left:right] = logits > 0
        return found

    def _cells(self, start: int, end: int, axis: int) -> NDArray[np.float64]:
        """Return the positions of an image's pixels between the middles of `values`."""
        view = self.view
        pixels = np.arange(start, end) + 0.5
        at_input = pixels * view.resized[axis] / view.image_size[axis] + view.offset[axis]
        return at_input * self.grid[axis] / view.input_size[axis] - 0.5 - self.corner[axis]


def mask_logits(
    coefficients: NDArray[np.float32],
    prototypes: NDArray[np.float32],
    corners: tuple[float, float, float, float],
    view: View,
) -> MaskLogits:
    """Return the logits of a box's mask.

    Args:
        coefficients: of the box's place, `[C]`.
        prototypes: of the image, `[C, h, w]`.
        corners: of the box, in pixels of the image.
        view: of the image.
    """
    grid = (prototypes.shape[1], prototypes.shape[2])
    rows, columns = cells_of_box(corners, grid, view)
    # One cell more on each side, between which pixels at the box's edge are interpolated.
    rows = slice(max(rows.start - 1, 0), min(rows.stop + 1, grid[0]))
    columns = slice(max(columns.start - 1, 0), min(columns.stop + 1, grid[1]))
    values = np.tensordot(coefficients, prototypes[:, rows, columns], axes=1)
    return MaskLogits(np.ascontiguousarray(values, np.float32), (rows.start, columns.start), grid, view)


def cells_of_box(
    corners: tuple[float, float, float, float], grid: tuple[int, int], view: View
) -> tuple[slice, slice]:
    """Return the rows and columns of the cells that a box touches, one at least.

    Args:
        corners: left, top, right and bottom, in pixels of the image.
        grid: rows and columns of all cells.
        view: of the image.
    """
    found = []
    for axis, (start, end) in enumerate(((corners[1], corners[3]), (corners[0], corners[2]))):
        scale = view.resized[axis] / view.image_size[axis]
        cells = [(at * scale + view.offset[axis]) * grid[axis] / view.input_size[axis] for at in (start, end)]
        first = min(max(int(np.floor(cells[0])), 0), grid[axis] - 1)
        found.append(slice(first, min(max(int(np.ceil(cells[1])), first + 1), grid[axis])))
    return found[0], found[1]


def _whole(start: float, end: float, length: int) -> tuple[int, int]:
    """Return the pixels whose middles lie between two positions."""
    return max(int(np.ceil(start - 0.5)), 0), min(int(np.ceil(end - 0.5)), length)
