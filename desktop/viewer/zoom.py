"""One zoom and pan for several panels of equal size that show the same image."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

MAX_SCALE = 64.0
"""Panel pixels per image pixel."""

ROUNDING = 1e-6
"""As many steps out as in are back at the fitted scale, give or take what computers round."""


class Zoom:
    """Maps image pixels to panel pixels (origin: the panel's top left corner).

    While `fitted`, the image follows the panel's size; zooming in ends that, zooming out to less than
    the panel or `fit` brings it back. Only `show_at` shows an image smaller than it fits.
    """

    def __init__(self) -> None:
        self.fitted = True
        self._image = QSizeF()
        self._panel = QSizeF()
        self._scale = 1.0
        self._least = MAX_SCALE
        """Less than the fitting scale where the image is to be smaller than that."""
        self._centre = QPointF()

    @property
    def scale(self) -> float:
        """Panel pixels per image pixel."""
        return self._scale

    def set_image(self, size: QSizeF) -> None:
        """Show another image; one of the same size keeps zoom and place, for comparison."""
        if size != self._image:
            self._image = QSizeF(size)
            self.fit()

    def set_panel(self, size: QSizeF) -> None:
        """Show it in panels of another size; the image's spot in their middle stays there."""
        if size != self._panel:
            self._panel = QSizeF(size)
            if self.fitted:
                self.fit()
            else:
                self._settle()

    def fit(self) -> None:
        """Show the whole image as large as the panel allows."""
        self.fitted = True
        self._scale, self._least = self._fitting_scale(), MAX_SCALE
        self._centre = QPointF(self._image.width() / 2, self._image.height() / 2)

    def follow(self, other: Zoom) -> None:
        """Show the same part, equally large, as another zoom of an image of the same size."""
        if other.fitted or self._image != other._image:
            self.fit()
            return
        self.fitted = False
        self._scale, self._least, self._centre = other._scale, other._least, QPointF(other._centre)
        self._settle()

    def zoom_at(self, point: QPointF, factor: float) -> None:
        """Scale by `factor`; the spot of the image at the panel's `point` stays under it."""
        scale, fitting = min(self._scale * factor, MAX_SCALE), self._fitting_scale()
        if scale > fitting * (1 + ROUNDING):
            self.show_at(point, scale)
        elif factor > 1 or self._scale > fitting:  # else it is smaller than it fits already, and stays
            self.fit()

    def show_at(self, point: QPointF, scale: float) -> None:
        """Show an image pixel as so many panel pixels; the spot at the panel's `point` stays under it."""
        spot = self.to_image(point)
        self._scale = min(scale, MAX_SCALE)
        self._least = self._scale if self._scale < self._fitting_scale() else MAX_SCALE
        self.fitted = False
        self._centre = spot - (point - self._panel_centre()) / self._scale
        self._settle()

    def pan(self, delta: QPointF) -> None:
        """Move the image by `delta` panel pixels, as far as there is more of it to see."""
        self._centre -= delta / self._scale
        self._settle()

    def to_image(self, point: QPointF) -> QPointF:
        """Return the image's spot, in image pixels, at a point of the panel."""
        return self._centre + (point - self._panel_centre()) / self._scale

    def to_panel(self, spot: QPointF) -> QPointF:
        """Return the panel's point at a spot of the image."""
        return self._panel_centre() + (spot - self._centre) * self._scale

    def image_rect(self) -> QRectF:
        """Return where the whole image lies, in panel pixels; it may reach beyond the panel."""
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
        """Keep the panel filled: no further than the image's edges, centred where it is the smaller one."""
        self._scale = max(self._scale, min(self._least, self._fitting_scale()))

        def settled(centre: float, image: float, panel: float) -> float:
            half = panel / self._scale / 2
            return image / 2 if image <= 2 * half else min(max(centre, half), image - half)

        self._centre = QPointF(
            settled(self._centre.x(), self._image.width(), self._panel.width()),
            settled(self._centre.y(), self._image.height(), self._panel.height()),
        )
