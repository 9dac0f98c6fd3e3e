"""Regions of an image: where each class wins, and place weights of regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from whylight.answers import SOFTMAX
from whylight.errors import QuestionError
from whylight.segmentation.description import SegmenterDescription
from whylight.view import View

UNSEEN = -1
"""In a label map: no class."""

Region = NDArray[np.bool_] | tuple[float, float]
"""A mask of the image's size, or a position `(x, y)` in its pixels."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The region of a class in an image."""

    class_index: int
    class_name: str
    share: float
    """Of the places on the image at which the model answers, 0..1; padding does not count."""


def winners(scores: NDArray[np.float32], kind: str) -> NDArray[np.bool_]:
    """Return where each class is found, bool `[K, P]`.

    It is the class with the highest score; if each class has an answer of its own, those above one half.

    Args:
        scores: logits `[K, P]` of one image.
        kind: of the answers (`whylight.answers.KINDS`).
    """
    if kind == SOFTMAX:
        return np.asarray(scores.argmax(axis=0) == np.arange(len(scores))[:, None])
    return np.asarray(scores > 0)


def seen_places(description: SegmenterDescription, view: View) -> NDArray[np.bool_]:
    """Return which places lie on the image, and not on its padding, bool `[h, w]`.

    Args:
        description: of the segmenter.
        view: of the image.
    """
    inside = []
    for axis in (0, 1):
        cells = description.grid[axis]
        middles = (np.arange(cells) + 0.5) * view.input_size[axis] / cells - view.offset[axis]
        inside.append((middles >= 0) & (middles < view.resized[axis]))
    return np.asarray(inside[0][:, None] & inside[1])


def find_segments(
    scores: NDArray[np.float32],
    kind: str,
    class_names: Sequence[str],
    seen: NDArray[np.bool_] | None = None,
) -> tuple[Segment, ...]:
    """Return the classes found in an image, the largest region first.

    Args:
        scores, kind: as of `winners`.
        class_names: names of the K classes.
        seen: the places that count, bool of P places; None for all.
    """
    found = winners(scores, kind)
    shares = (found if seen is None or not seen.any() else found[:, seen.reshape(-1)]).mean(axis=1)
    order = np.argsort(-shares, kind="stable")
    return tuple(
        Segment(int(index), class_names[index], float(shares[index])) for index in order if shares[index] > 0
    )


def region_weights(found: NDArray[np.bool_], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return place weights `[M, P]`: the mean over each region.

    A class found nowhere is asked about at the place where it scores highest.

    Args:
        found: the region of each of M scores, `[M, P]`.
        scores: the logits of the class of each, `[M, P]`.
    """
    weights = found.astype(np.float32)
    empty = ~found.any(axis=1)
    weights[empty, scores[empty].argmax(axis=1)] = 1
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def place_weights_of(region: Region, description: SegmenterDescription, view: View) -> NDArray[np.float32]:
    """Return place weights `[1, P]` of a region of the image.

    Args:
        region: see `Region`.
        description: of the segmenter.
        view: of the image.

    Raises:
        QuestionError: the region is empty, unseen by the model, or of another size than the image.
    """
    if isinstance(region, tuple):
        weights = _at_position(region, description, view)
    else:
        weights = _of_mask(np.asarray(region), description, view)
    return np.asarray(weights.reshape(1, -1) / weights.sum(), np.float32)


def label_map(
    scores: NDArray[np.float32], kind: str, description: SegmenterDescription, view: View
) -> NDArray[np.int16]:
    """Return the class of each pixel of the image, int16 `[H, W]`, or `UNSEEN`.

    Args:
        scores, kind: as of `winners`.
        description: of the segmenter.
        view: of the image.
    """
    return in_image(label_grid(scores, kind, description), description, view, UNSEEN)


def label_grid(
    scores: NDArray[np.float32], kind: str, description: SegmenterDescription
) -> NDArray[np.int16]:
    """Return the class of each place of the grid, int16 `[h, w]`, or `UNSEEN`."""
    best = scores.argmax(axis=0).astype(np.int16)
    if kind != SOFTMAX:  # each class has an answer of its own, and perhaps none is found
        best[~(scores > 0).any(axis=0)] = UNSEEN
    return np.asarray(best.reshape(description.grid))


def patch_at(labels: NDArray[np.int16], cell: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the connected places around a cell that are of its class, bool `[h, w]`.

    Places are connected by their sides and corners.

    Args:
        labels: class of each place, int16 `[h, w]`.
        cell: row and column of the grid.
    """
    import cv2

    same = (labels == labels[cell]).astype(np.uint8)
    _, numbered = cv2.connectedComponents(same, connectivity=8)
    return np.asarray(numbered == numbered[cell])


def cell_at(position: tuple[float, float], description: SegmenterDescription, view: View) -> tuple[int, int]:
    """Return row and column of the grid at a position of the image.

    Args:
        position: x and y in pixels of the image.
        description: of the segmenter.
        view: of the image.

    Raises:
        QuestionError: the position is outside of the image, or of what the model saw of it.
    """
    column, row = position
    height, width = view.image_size
    if not (0 <= row < height and 0 <= column < width):
        raise QuestionError(
            "position {x}, {y} lies outside of the image, which has {width} x {height} pixels",
            x=column,
            y=row,
            width=width,
            height=height,
        )
    rows, columns = _cells_of_pixels(description, view)
    cell = int(rows[int(row)]), int(columns[int(column)])
    if min(cell) < 0:
        raise QuestionError("the model did not see the image at {x}, {y}", x=column, y=row)
    return cell


Labels = TypeVar("Labels", np.int16, np.bool_, np.float32)


def in_image(
    grid: NDArray[Labels], description: SegmenterDescription, view: View, unseen: int
) -> NDArray[Labels]:
    """Return values of the grid's places `[h, w]` at each pixel of the image `[H, W]`.

    Args:
        grid: a value of each place.
        description: of the segmenter.
        view: of the image.
        unseen: value of pixels that the model did not see.
    """
    rows, columns = _cells_of_pixels(description, view)
    inside = (rows >= 0)[:, None] & (columns >= 0)
    found = grid[np.maximum(rows, 0)][:, np.maximum(columns, 0)]
    return np.where(inside, found, np.asarray(unseen, grid.dtype))


def _cells_of_pixels(
    description: SegmenterDescription, view: View
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the row of the grid for each row of pixels, and the same of columns.

    They are -1 where the model saw nothing.
    """
    found = []
    for axis in (0, 1):
        pixels = np.arange(view.image_size[axis]) + 0.5
        at = pixels * view.resized[axis] / view.image_size[axis] + view.offset[axis]
        cells = np.floor(at * description.grid[axis] / view.input_size[axis]).astype(np.intp)
        found.append(np.where((cells >= 0) & (cells < description.grid[axis]), cells, -1))
    return found[0], found[1]


def _at_position(
    position: tuple[float, float], description: SegmenterDescription, view: View
) -> NDArray[np.float32]:
    cell = cell_at(position, description, view)
    weights = np.zeros(description.grid, np.float32)
    weights[cell] = 1
    return weights


def _of_mask(mask: NDArray[np.generic], description: SegmenterDescription, view: View) -> NDArray[np.float32]:
    """Return how many of a mask's pixels lie in each cell of the grid."""
    if mask.shape != view.image_size:
        raise QuestionError(
            "the mask has shape {shape}; expected that of the image, {size}",
            shape=list(mask.shape),
            size=list(view.image_size),
        )
    if not mask.any():
        raise QuestionError("the mask is empty")
    rows, columns = _cells_of_pixels(description, view)
    # One-hot matrices: each pixel is counted in its cell.
    by_row = (rows[None] == np.arange(description.grid[0])[:, None]).astype(np.float32)
    by_column = (columns[:, None] == np.arange(description.grid[1])).astype(np.float32)
    weights = by_row @ (mask != 0).astype(np.float32) @ by_column
    if not weights.any():
        raise QuestionError("the model saw nothing of the masked part of the image")
    return np.asarray(weights, np.float32)
