"""Common zoom and pan of several panels of equal size."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

MAX_SCALE = 64.0
"""Panel pixels per image pixel."""

ROUNDING = 1e-6
"""Tolerance for rounding when zooming back to the fitted scale."""


class Zoom:
    """Maps image pixels to panel pixels (origin: the panel's top left corner).

    While `fitted`, the image follows the panel's size; zooming in ends this, and `fit` or zooming out to less
    than the panel restores it. Only `show_at` shows an image smaller than fitted.
    """

    def __init__(self) -> None:
        self.fitted = True
        self._image = QSizeF()
        self._panel = QSizeF()
        self._scale = 1.0
        self._least = MAX_SCALE
        """Smallest scale, below the fitted one only after `show_at`."""
        self._centre = QPointF()

    @property
    def scale(self) -> float:
        """Panel pixels per image pixel."""
        return self._scale

    def set_image(self, size: QSizeF) -> None:
        """Set another image size; an equal one keeps zoom and position."""
        if size != self._image:
            self._image = QSizeF(size)
            self.fit()

    def set_panel(self, size: QSizeF) -> None:
        """Set the panel size, keeping the centre of the image section."""
        if size != self._panel:
            self._panel = QSizeF(size)
            if self.fitted:
                self.fit()
            else:
                self._settle()

    def fit(self) -> None:
        """Fit the whole image into the panel."""
        self.fitted = True
        self._scale, self._least = self._fitting_scale(), MAX_SCALE
        self._centre = QPointF(self._image.width() / 2, self._image.height() / 2)

    def follow(self, other: Zoom) -> None:
        """Copy zoom and position from another zoom of equal image size."""
        if other.fitted or self._image != other._image:
            self.fit()
            return
        self.fitted = False
        self._scale, self._least, self._centre = other._scale, other._least, QPointF(other._centre)
        self._settle()

    def zoom_at(self, point: QPointF, factor: float) -> None:
        """Zoom by `factor`, keeping the image's point at `point` in place."""
        scale, fitting = min(self._scale * factor, MAX_SCALE), self._fitting_scale()
        if scale > fitting * (1 + ROUNDING):
            self.show_at(point, scale)
        elif factor > 1 or self._scale > fitting:  # otherwise it is already smaller than fitted
            self.fit()

    def show_at(self, point: QPointF, scale: float) -> None:
        """Set the scale in panel pixels per image pixel, keeping the point at `point`."""
        spot = self.to_image(point)
        self._scale = min(scale, MAX_SCALE)
        self._least = self._scale if self._scale < self._fitting_scale() else MAX_SCALE
        self.fitted = False
        self._centre = spot - (point - self._panel_centre()) / self._scale
        self._settle()

    def pan(self, delta: QPointF) -> None:
        """Pan by `delta` panel pixels, limited to the image."""
        self._centre -= delta / self._scale
        self._settle()

    def to_image(self, point: QPointF) -> QPointF:
        """Convert a point of the panel to image pixels."""
        return self._centre + (point - self._panel_centre()) / self._scale

    def to_panel(self, spot: QPointF) -> QPointF:
        """Convert a point of the image to panel pixels."""
        return self._panel_centre() + (spot - self._centre) * self._scale

    def image_rect(self) -> QRectF:
        """Return the rectangle of the image in panel pixels, possibly beyond the panel."""
        return QRectF(self.to_panel(QPointF(0, 0)), self._image * self._scale)

    def _panel_centre(self) -> QPointF:
        return QPointF(self._panel.width() / 2, self._panel.height() / 2)

    def _fitting_scale(self) -> float:
        if self._image.isEmpty() or self._panel.isEmpty():
            return 1.0
        return min(
            self._panel.width() / self._image.width(),
            self._panel.height() / self._image.height(),
            MAX_SCALE,
        )

    def _settle(self) -> None:
        """Clamp the position to the image, and centre it if it is smaller."""
        self._scale = max(self._scale, min(self._least, self._fitting_scale()))

        def settled(centre: float, image: float, panel: float) -> float:
            half = panel / self._scale / 2
            return image / 2 if image <= 2 * half else min(max(centre, half), image - half)

        self._centre = QPointF(
            settled(self._centre.x(), self._image.width(), self._panel.width()),
            settled(self._centre.y(), self._image.height(), self._panel.height()),
        )
