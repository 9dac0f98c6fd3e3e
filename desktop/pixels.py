"""Between the engine's arrays and Qt's pictures.

`QImage` may be made and scaled on any thread; `QPixmap` only on the interface thread, which is why the
functions here that a worker calls return `QImage`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

SMALLEST_LEVEL = 256
"""Pixels of the longer side below which no further half-size level is made."""


def image_from_array(array: NDArray[np.uint8]) -> QImage:
    """Return an array uint8 `[H, W, 3]`, RGB, as a picture that owns its pixels."""
    height, width, _ = array.shape
    array = np.ascontiguousarray(array)
    borrowed = QImage(array.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    # The conversion copies, so nothing points into the array any more; RGB32 is what a pixmap is made of.
    return borrowed.convertToFormat(QImage.Format.Format_RGB32)


def array_from_image(image: QImage) -> NDArray[np.uint8]:
    """Return a picture as an array uint8 `[H, W, 3]`, RGB, that owns its pixels."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def fit_within(image: QImage, edge: int) -> QImage:
    """Return the picture, made smaller if needed so that neither side is longer than `edge` pixels."""
    if max(image.width(), image.height()) <= edge:
        return image
    return image.scaled(
        QSize(edge, edge), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def half_size_levels(image: QImage) -> list[QImage]:
    """Return the picture and its halves, quarters, ...: drawn small from a near level, nothing shimmers."""
    levels = [image]
    while max(levels[-1].width(), levels[-1].height()) > SMALLEST_LEVEL:
        size = QSize(max(1, levels[-1].width() // 2), max(1, levels[-1].height() // 2))
        levels.append(
            levels[-1].scaled(
                size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        )
    return levels


@dataclass(frozen=True, slots=True)
class Pyramid:
    """A picture and its smaller levels as pixmaps; made on the interface thread."""

    levels: tuple[QPixmap, ...]

    @classmethod
    def from_images(cls, levels: Sequence[QImage]) -> Pyramid:
        """Take over the levels that `half_size_levels` made on a worker."""
        return cls(tuple(QPixmap.fromImage(level) for level in levels))

    @property
    def size(self) -> QSize:
        """Of the full picture, in pixels."""
        return self.levels[0].size()

    def draw(self, painter: QPainter, target: QRectF, device_ratio: float) -> None:
        """Draw the whole picture into `target` from the smallest level that is not smaller than it."""
        wanted = target.width() * device_ratio
        chosen = self.levels[0]
        for level in self.levels[1:]:
            if level.width() < wanted:
                break
            chosen = level
        # Enlarged more than this, single pixels are what the user zooms in for.
        smooth = wanted < 6 * self.levels[0].width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawPixmap(target, chosen, QRectF(chosen.rect()))
