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

_MOST_STEPS = 256


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
        if left < right and top < bottom:
            found[top:bottom, left:right] = self._sampled(
                np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5
            )
        return found

    def outline(self, corners: tuple[float, float, float, float]) -> tuple[NDArray[np.float64], ...]:
        """Return the outlines of the mask's parts and holes.

        Each is a polygon `[n, 2]`, x and y in pixels of the image, in at most 256 steps along a side.

        Args:
            corners: left, top, right and bottom of the box, in pixels of the image.
        """
        sides = []
        for axis, limit in ((0, self.view.image_size[1]), (1, self.view.image_size[0])):
            low, high = max(corners[axis], 0.0), min(corners[axis + 2], float(limit))
            if low >= high:
                return ()
            count = int(np.clip(np.ceil(high - low), 1, _MOST_STEPS))
            sides.append(low + (np.arange(count) + 0.5) * (high - low) / count)
        inside = self._sampled(*sides).astype(np.uint8)
        found, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        return tuple(
            np.stack([side[np.asarray(each)[:, 0, axis]] for axis, side in enumerate(sides)], axis=1)
            for each in found
        )

    def _sampled(self, across: NDArray[np.floating], down: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return the samples with positive logits, bool `[rows, columns]`.

        Positions are those of columns and rows, in pixels of the image.
        """
        size = (len(down), len(across))
        logits = cv2.remap(
            self.values,
            np.broadcast_to(self._cells(across, 1), size).astype(np.float32),
            np.broadcast_to(self._cells(down, 0)[:, None], size).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(logits > 0, np.bool_)

    def _cells(self, pixels: NDArray[np.floating], axis: int) -> NDArray[np.float64]:
        """Return positions in pixels of the image as places among `values`."""
        view = self.view
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
