"""Colours of a segmenter's classes, and outlines of its regions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPolygonF

GOLDEN_ANGLE = 137.508
"""Degrees between the hues of successive classes, so that few neighbours are alike."""
FILL = 115
"""Opacity of the colours on an image, of 255."""
FINENESS = 8
"""Points along each side of a cell of a coarse grid, whose outlines then follow the cells' edges."""
FINE = 128
"""Rows or columns from which a grid's cells need no such points."""


def class_colour(class_index: int) -> QColor:
    """Return a class's colour, the same in every image."""
    hue = (30 + class_index * GOLDEN_ANGLE) % 360
    lightness = (0.56, 0.44, 0.66)[class_index % 3]
    return QColor.fromHslF(hue / 360, 0.85, lightness)


def coloured(labels: NDArray[np.int16], plain: int | None) -> QImage:
    """Return a translucent picture of the classes of places `[h, w]`.

    Places of no class (-1) and of the class `plain`, the background, stay clear.
    """
    found = [int(index) for index in np.unique(labels) if index >= 0 and index != plain]
    pixels = np.zeros((*labels.shape, 4), np.uint8)
    for index in found:
        colour = class_colour(index)
        pixels[labels == index] = colour.red(), colour.green(), colour.blue(), FILL
    height, width = labels.shape
    return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def outlines(mask: NDArray[np.bool_]) -> list[QPolygonF]:
    """Return the outlines of a region `[h, w]`, in cells from the upper left corner."""
    import cv2

    fineness = 1 if max(mask.shape) >= FINE else FINENESS
    fine = np.asarray(np.kron(mask, np.ones((fineness, fineness))), np.uint8)
    found, _ = cv2.findContours(fine, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return [
        QPolygonF([QPointF(*((point[0] + 0.5) / fineness)) for point in contour.astype(float)])
        for contour in found
    ]


def deepest_place(mask: NDArray[np.bool_]) -> QPointF:
    """Return the middle of the innermost cell of a region `[h, w]`, in cells."""
    import cv2

    inside = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    row, column = np.unravel_index(int(inside.argmax()), mask.shape)
    return QPointF(float(column) + 0.5, float(row) + 0.5)
