"""Mipmaps of an image, to avoid aliasing when it is drawn small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPixmap

PIXELS_VISIBLE_FROM = 6
"""Zoom factor above which pixels are drawn without interpolation."""


@dataclass(frozen=True, slots=True)
class MipmapPixmap:
    """Mipmap levels as pixmaps, largest first; for the interface thread."""

    levels: tuple[QPixmap, ...]

    @classmethod
    def from_images(cls, levels: Sequence[QImage]) -> MipmapPixmap:
        """Create from the levels prepared by a worker."""
        return cls(tuple(QPixmap.fromImage(level) for level in levels))

    def draw(self, painter: QPainter, target: QRectF, device_ratio: float) -> None:
        """Draw the image into `target` from the smallest sufficient level."""
        wanted = target.width() * device_ratio
        chosen = self.levels[0]
        for level in self.levels[1:]:
            if level.width() < wanted:
                break
            chosen = level
        smooth = wanted < PIXELS_VISIBLE_FROM * self.levels[0].width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawPixmap(target, chosen, QRectF(chosen.rect()))
