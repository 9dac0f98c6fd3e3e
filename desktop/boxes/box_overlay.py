"""Boxes and a pinned spot painted on the panels, with class and score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from ..common.panel import Panel

if TYPE_CHECKING:
    from whylight.detection.boxes import Box

    from ..session.rendering import LoadedImage

CASING, LINE = QColor(0, 0, 0), QColor(255, 255, 255)
"""Colours of lines: white in black is seen on any image and on any colour map."""
LABEL, LABEL_TEXT = QColor(0, 0, 0, 200), QColor(255, 255, 255)
"""Colours of labels, the same on light and dark windows, since they lie on an image."""
PIN_RADIUS = 6.0
MOST_LABELS = 40
"""Labels on an image, beyond which they would hide it; the list has all boxes."""


class Zoomed(Protocol):
    """From pixels of the image shown to those of a panel."""

    def to_panel(self, spot: QPointF) -> QPointF:
        """Convert a point."""

    def image_rect(self) -> QRectF:
        """Return the rectangle of the image in a panel."""


class Panels(Protocol):
    """Panels that boxes are painted on."""

    image: LoadedImage | None

    @property
    def zoom(self) -> Zoomed:
        """The common zoom of the panels."""

    def panel_rects(self) -> dict[Panel, QRectF]:
        """Return the rectangle of each visible panel."""

    def add_painter(self, paint: Callable[[QPainter, Panel, QPointF], None]) -> None:
        """Paint on panels."""

    def update(self) -> None:
        """Paint again."""


class BoxOverlay(QObject):
    """Paints the boxes found on the image, and the box in question on all panels."""

    def __init__(self, panels: Panels, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panels = panels
        self._boxes: tuple[Box, ...] = ()
        self._labels: tuple[str, ...] = ()
        self._asked: Box | None = None
        self._asked_label = ""
        self._is_found = True
        self._pin: tuple[float, float] | None = None
        panels.add_painter(self._paint)

    def show_boxes(self, boxes: Sequence[Box], labels: Sequence[str]) -> None:
        """Show what was found, each with its label."""
        self._boxes, self._labels = tuple(boxes), tuple(labels)
        self._panels.update()

    def show_asked(self, box: Box | None, label: str = "", *, is_found: bool = True) -> None:
        """Show the box in question; one that was not found is dashed."""
        self._asked, self._asked_label, self._is_found = box, label, is_found
        self._panels.update()

    def show_pin(self, spot: tuple[float, float] | None) -> None:
        """Show a pinned spot, x and y in pixels of the image; None for none."""
        self._pin = spot
        self._panels.update()

    def clear(self) -> None:
        """Show nothing."""
        self._boxes, self._labels, self._asked, self._pin = (), (), None, None
        self._panels.update()

    def rect_of(self, box: Box) -> QRectF:
        """Return a box in pixels of a panel."""
        share = self._share()
        left, top, right, bottom = (share * side for side in box.corners)
        zoom = self._panels.zoom
        return QRectF(zoom.to_panel(QPointF(left, top)), zoom.to_panel(QPointF(right, bottom)))

    def _share(self) -> float:
        """Return the width of the panels' image as a fraction of the file's."""
        image = self._panels.image
        return 1.0 if image is None else image.levels[0].width() / int(image.pixels.shape[1])

    def _paint(self, painter: QPainter, panel: Panel, origin: QPointF) -> None:
        if self._panels.image is None:
            return
        painter.save()
        shown = [(self._asked, self._asked_label)] if self._asked is not None else []
        if panel is Panel.IMAGE:
            others = zip(self._boxes, self._labels, strict=True)
            shown += [(box, label) for box, label in others if box != self._asked]
        rects = [self.rect_of(box).translated(origin) for box, _ in shown]
        has_asked = self._asked is not None
        _draw_rects(painter, rects[1:] if has_asked else rects, 1.0)
        if has_asked:
            _draw_rects(painter, rects[:1], 2.5, dashed=not self._is_found)
        if panel is Panel.IMAGE:
            taken: list[QRectF] = []
            for number, (rect, (_, label)) in enumerate(zip(rects, shown[:MOST_LABELS], strict=False)):
                bold = has_asked and number == 0
                _draw_label(painter, rect, label, self._bounds(origin), taken, bold=bold)
        if self._pin is not None:
            share = self._share()
            spot = QPointF(self._pin[0] * share, self._pin[1] * share)
            _draw_pin(painter, origin + self._panels.zoom.to_panel(spot))
        painter.restore()

    def _bounds(self, origin: QPointF) -> QRectF:
        """Return the visible part of the image in a panel, where labels are kept."""
        panel = QRectF(origin, next(iter(self._panels.panel_rects().values())).size())
        return self._panels.zoom.image_rect().translated(origin).intersected(panel)


def _draw_rects(painter: QPainter, rects: Sequence[QRectF], width: float, *, dashed: bool = False) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, extra in ((CASING, 2.0), (LINE, 0.0)):
        pen = QPen(colour, width + extra)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        if dashed and not extra:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRects(list(rects))


def _draw_label(
    painter: QPainter, rect: QRectF, text: str, bounds: QRectF, taken: list[QRectF], *, bold: bool
) -> None:
    """Draw a label above, below or inside a box, where no other one is; add its place.

    Where there is no room, there is no label: the list has them all.
    """
    painter.save()
    font = painter.font()
    font.setBold(bold)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(bounds.width() - 8, 0))
    width, height = metrics.horizontalAdvance(text) + 8, metrics.height() + 2
    left = min(max(rect.left(), bounds.left()), max(bounds.right() - width, bounds.left()))
    for top in (rect.top() - height - 2, rect.bottom() + 2, rect.top() + 2, rect.bottom() - height - 2):
        place = QRectF(left, top, width, height)
        if bounds.contains(place) and not any(place.intersects(other) for other in taken):
            taken.append(place)
            painter.fillRect(place, LABEL)
            painter.setPen(LABEL_TEXT)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
            break
    painter.restore()


def _draw_pin(painter: QPainter, point: QPointF) -> None:
    """Draw a cross in dark and light."""
    for colour, width in ((CASING, 4.0), (LINE, 2.0)):
        painter.setPen(QPen(colour, width))
        for across, down in ((PIN_RADIUS, 0.0), (0.0, PIN_RADIUS)):
            arm = QPointF(across, down)
            painter.drawLine(point - arm, point + arm)
