"""An image for painting: itself and its half sizes, so that drawn small, nothing shimmers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap

PIXELS_VISIBLE_FROM = 6
"""Enlarged so many times, single pixels are what the user zooms in for, and they are drawn sharp."""


@dataclass(frozen=True, slots=True)
class MipmapPixmap:
    """Levels as pixmaps, the largest first; made on the interface thread."""

    levels: tuple[QPixmap, ...]

    @classmethod
    def from_images(cls, levels: Sequence[QImage]) -> MipmapPixmap:
        """Take over the levels that a worker made."""
        return cls(tuple(QPixmap.fromImage(level) for level in levels))

    def draw(self, painter: QPainter, target: QRectF, device_ratio: float) -> None:
        """Draw the whole image into `target` from the smallest level that is not smaller than it."""
        wanted = target.width() * device_ratio
        chosen = self.levels[0]
        for level in self.levels[1:]:
            if level.width() < wanted:
                break
            chosen = level
        smooth = wanted < PIXELS_VISIBLE_FROM * self.levels[0].width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawPixmap(target, chosen, QRectF(chosen.rect()))
