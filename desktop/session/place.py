"""Words for the place of most of a map's evidence."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from ..common.number_format import number

CELLS = 12
"""Rows and columns to which a map is averaged; thirds, quarters and halves are whole cells."""

MOST = 0.7
"""Share of the evidence from which it lies "mainly" in a place."""

LITTLE = 0.3
"""Share of the evidence inside a box below which it lies "mainly" outside."""


class Place(Enum):
    """Parts of an image: (rows, columns) as fractions of it, the smallest first."""

    UPPER_LEFT = ((0, 1 / 2), (0, 1 / 2))
    UPPER_RIGHT = ((0, 1 / 2), (1 / 2, 1))
    LOWER_LEFT = ((1 / 2, 1), (0, 1 / 2))
    LOWER_RIGHT = ((1 / 2, 1), (1 / 2, 1))
    MIDDLE = ((1 / 4, 3 / 4), (1 / 4, 3 / 4))
    LEFT_THIRD = ((0, 1), (0, 1 / 3))
    RIGHT_THIRD = ((0, 1), (2 / 3, 1))
    UPPER_THIRD = ((0, 1 / 3), (0, 1))
    LOWER_THIRD = ((2 / 3, 1), (0, 1))
    LEFT = ((0, 1), (0, 1 / 2))
    RIGHT = ((0, 1), (1 / 2, 1))
    UPPER = ((0, 1 / 2), (0, 1))
    LOWER = ((1 / 2, 1), (0, 1))


def place_of_box(corners: tuple[float, float, float, float], size: tuple[int, int]) -> Place:
    """Return the ninth of an image (height and width) that holds a box's centre.

    The upper, lower, left and right one of the middle are named by their third.
    """
    left, top, right, bottom = corners
    row = min(max(int(3 * (top + bottom) / 2 / size[0]), 0), 2)
    column = min(max(int(3 * (left + right) / 2 / size[1]), 0), 2)
    return (
        (Place.UPPER_LEFT, Place.UPPER_THIRD, Place.UPPER_RIGHT),
        (Place.LEFT_THIRD, Place.MIDDLE, Place.RIGHT_THIRD),
        (Place.LOWER_LEFT, Place.LOWER_THIRD, Place.LOWER_RIGHT),
    )[row][column]


def main_place(evidence: NDArray[np.float32]) -> tuple[Place, float] | None:
    """Return the smallest place with most of the evidence `[h, w]`, and its share.

    Of places of the same size it is the one with the largest share. None if no place has at least `MOST` of
    the evidence, or there is none at all.
    """
    import cv2

    cells = np.asarray(cv2.resize(evidence, (CELLS, CELLS), interpolation=cv2.INTER_AREA), np.float32)
    total = float(cells.sum())
    if total <= 0:
        return None
    shares = {place: float(cells[_slices(place)].sum()) / total for place in Place}
    best = [(_area(place), -share, place) for place, share in shares.items() if share >= MOST]
    if not best:
        return None
    _, share, place = min(best, key=lambda found: found[:2])
    return place, -share


def place_words(
    found: tuple[Place, float] | None,
    in_box: float | None = None,
    in_region: float | None = None,
    *,
    share_told: bool = True,
) -> str:
    """Return where most of the evidence lies: `mainly in the middle (77 % of it)`.

    Args:
        found: result of `main_place`.
        in_box: share of the evidence inside a box that was asked about; None without one.
        in_region: the same of a region.
        share_told: False leaves the share of a place out.
    """
    if in_box is not None and in_box >= MOST:
        words = QCoreApplication.translate("Place", "mainly inside the box ({share} % of it)")
        return words.format(share=number(100 * in_box))
    if in_box is not None and in_box < LITTLE:
        words = QCoreApplication.translate("Place", "mainly outside the box ({share} % of it)")
        return words.format(share=number(100 * (1 - in_box)))
    if in_box is not None:
        words = QCoreApplication.translate("Place", "in the box and around it ({share} % inside)")
        return words.format(share=number(100 * in_box))
    if in_region is not None and in_region >= MOST:
        words = QCoreApplication.translate("Place", "mainly inside the region ({share} % of it)")
        return words.format(share=number(100 * in_region))
    if in_region is not None and in_region < LITTLE:
        words = QCoreApplication.translate("Place", "mainly outside the region ({share} % of it)")
        return words.format(share=number(100 * (1 - in_region)))
    if in_region is not None:
        words = QCoreApplication.translate("Place", "in the region and around it ({share} % inside)")
        return words.format(share=number(100 * in_region))
    if found is None:
        return QCoreApplication.translate("Place", "in several parts of the image")
    place, share = found
    if not share_told:
        return QCoreApplication.translate("Place", "mainly {where}").format(where=where_words(place))
    words = QCoreApplication.translate("Place", "mainly {where} ({share} % of it)")
    return words.format(where=where_words(place), share=number(100 * share))


def where_words(place: Place) -> str:
    """Return a place in words: `in the upper left`."""
    return {
        Place.UPPER_LEFT: QCoreApplication.translate("Place", "in the upper left"),
        Place.UPPER_RIGHT: QCoreApplication.translate("Place", "in the upper right"),
        Place.LOWER_LEFT: QCoreApplication.translate("Place", "in the lower left"),
        Place.LOWER_RIGHT: QCoreApplication.translate("Place", "in the lower right"),
        Place.MIDDLE: QCoreApplication.translate("Place", "in the middle"),
        Place.LEFT_THIRD: QCoreApplication.translate("Place", "in the left third"),
        Place.RIGHT_THIRD: QCoreApplication.translate("Place", "in the right third"),
        Place.UPPER_THIRD: QCoreApplication.translate("Place", "in the upper third"),
        Place.LOWER_THIRD: QCoreApplication.translate("Place", "in the lower third"),
        Place.LEFT: QCoreApplication.translate("Place", "in the left half"),
        Place.RIGHT: QCoreApplication.translate("Place", "in the right half"),
        Place.UPPER: QCoreApplication.translate("Place", "in the upper half"),
        Place.LOWER: QCoreApplication.translate("Place", "in the lower half"),
    }[place]


def _slices(place: Place) -> tuple[slice, slice]:
    rows, columns = ((round(CELLS * start), round(CELLS * stop)) for start, stop in place.value)
    return slice(*rows), slice(*columns)


def _area(place: Place) -> int:
    rows, columns = _slices(place)
    height, width = int(rows.stop) - int(rows.start), int(columns.stop) - int(columns.start)
    return height * width
