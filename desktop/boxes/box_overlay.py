"""Boxes and a pinned spot painted on the panels, with class and score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from ..common.panel import Panel
from ..widgets.panel_overlay import CASING, LINE, Panels, draw_label, draw_pin, shown_share, visible_part

if TYPE_CHECKING:
    from whylight.detection.boxes import Box

MOST_LABELS = 40
"""Labels on an image, beyond which they would hide it; the list has all boxes."""


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
        self._outlines: list[list[list[QPointF]]] = []
        panels.add_painter(self._paint)

    def show_boxes(self, boxes: Sequence[Box], labels: Sequence[str]) -> None:
        """Show what was found, each with its label."""
        self._boxes, self._labels = tuple(boxes), tuple(labels)
        self._trace()
        self._panels.update()

    def show_asked(self, box: Box | None, label: str = "", *, is_found: bool = True) -> None:
        """Show the box in question; one that was not found is dashed."""
        self._asked, self._asked_label, self._is_found = box, label, is_found
        self._trace()
        self._panels.update()

    def show_pin(self, spot: tuple[float, float] | None) -> None:
        """Show a pinned spot, x and y in pixels of the image; None for none."""
        self._pin = spot
        self._panels.update()

    def clear(self) -> None:
        """Show nothing."""
        self._boxes, self._labels, self._asked, self._pin, self._outlines = (), (), None, None, []
        self._panels.update()

    def rect_of(self, box: Box) -> QRectF:
        """Return a box in pixels of a panel."""
        share = shown_share(self._panels)
        left, top, right, bottom = (share * side for side in box.corners)
        zoom = self._panels.zoom
        return QRectF(zoom.to_panel(QPointF(left, top)), zoom.to_panel(QPointF(right, bottom)))

    @property
    def outlines(self) -> Sequence[Sequence[Sequence[QPointF]]]:
        """The outlines of masks in pixels of the image, that of the box in question first."""
        return self._outlines

    def _trace(self) -> None:
        """Take the outlines of the masks, of as many boxes as have labels."""
        asked = [] if self._asked is None else [self._asked]
        others = [box for box in self._boxes[:MOST_LABELS] if box != self._asked]
        self._outlines = [
            [[QPointF(float(x), float(y)) for x, y in each] for each in box.mask_outline()]
            for box in (*asked, *others)
        ]

    def _draw_outlines(
        self, painter: QPainter, outlines: Sequence[Sequence[Sequence[QPointF]]], origin: QPointF
    ) -> None:
        share, zoom = shown_share(self._panels), self._panels.zoom
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for polygons in outlines:
            placed = [
                QPolygonF([zoom.to_panel(point * share) + origin for point in polygon])
                for polygon in polygons
            ]
            for colour, width in ((CASING, 3.0), (LINE, 1.25)):
                painter.setPen(QPen(colour, width))
                for polygon in placed:
                    painter.drawPolygon(polygon)

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
        outlines = self._outlines if panel is Panel.IMAGE else self._outlines[:1] if has_asked else []
        self._draw_outlines(painter, outlines, origin)
        _draw_rects(painter, rects[1:] if has_asked else rects, 1.0)
        if has_asked:
            _draw_rects(painter, rects[:1], 2.5, dashed=not self._is_found)
        if panel is Panel.IMAGE:
            taken: list[QRectF] = []
            for number, (rect, (_, label)) in enumerate(zip(rects, shown[:MOST_LABELS], strict=False)):
                bold = has_asked and number == 0
                draw_label(painter, rect, label, visible_part(self._panels, origin), taken, bold=bold)
        if self._pin is not None:
            share = shown_share(self._panels)
            spot = QPointF(self._pin[0] * share, self._pin[1] * share)
            draw_pin(painter, origin + self._panels.zoom.to_panel(spot))
        painter.restore()


def _draw_rects(painter: QPainter, rects: Sequence[QRectF], width: float, *, dashed: bool = False) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, extra in ((CASING, 2.0), (LINE, 0.0)):
        pen = QPen(colour, width + extra)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        if dashed and not extra:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRects(list(rects))
