"""Regions, letters and a pinned spot painted on the panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen, QPolygonF

from ..common.panel import Panel
from ..widgets.panel_overlay import (
    CASING,
    LINE,
    Panels,
    draw_label,
    draw_pin,
    panel_rect,
    shown_share,
    visible_part,
)


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a spot of the image, x and y in its pixels."""

    text: str
    spot: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Outline:
    """Outline of the region in question."""

    polygons: Sequence[QPolygonF]
    """In cells of the grid."""
    is_found: bool
    """Whether the class was found there; else it is dashed."""


class RegionOverlay(QObject):
    """Paints what was found on the image, and the region in question on all panels."""

    def __init__(self, panels: Panels, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panels = panels
        self._colours: QImage | None = None
        self._covered = QRectF()
        self._grid = (1, 1)
        self._labels: tuple[Label, ...] = ()
        self._asked: Outline | None = None
        self._asked_label: Label | None = None
        self._pin: tuple[float, float] | None = None
        self._is_line = False
        self._shows_colours = True
        panels.add_painter(self._paint)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The words on the image."""
        return self._labels

    @property
    def asked(self) -> Outline | None:
        """The outline of the region in question."""
        return self._asked

    def show_found(
        self, colours: QImage | None, covered: QRectF, grid: tuple[int, int], labels: Sequence[Label]
    ) -> None:
        """Show what was found.

        Args:
            colours: a pixel for each cell of the grid; None for no colours.
            covered: the part of the image that the grid covers, in pixels of the image; it may exceed it.
            grid: rows and columns.
            labels: names of what was found; without colours they are the letters of a line of text, and drawn
                below it.
        """
        self._is_line = colours is None
        self._colours, self._covered, self._grid, self._labels = colours, covered, grid, tuple(labels)
        self._panels.update()

    def show_asked(self, outline: Outline | None, label: Label | None = None) -> None:
        """Show the region in question, with its label."""
        self._asked, self._asked_label = outline, label
        self._panels.update()

    def show_pin(self, spot: tuple[float, float] | None) -> None:
        """Show a pinned spot, x and y in pixels of the image; None for none."""
        self._pin = spot
        self._panels.update()

    def show_colours(self, on: bool) -> None:
        """Show the colours of what was found, or hide them with its names."""
        self._shows_colours = on
        self._panels.update()

    def clear(self) -> None:
        """Show nothing."""
        self._colours, self._labels, self._asked, self._asked_label, self._pin = None, (), None, None, None
        self._panels.update()

    def _place(self, point: QPointF, origin: QPointF) -> QPointF:
        """Return where a point of the image, in its pixels, is painted."""
        return origin + self._panels.zoom.to_panel(point * shown_share(self._panels))

    def _paint(self, painter: QPainter, panel: Panel, origin: QPointF) -> None:
        if self._panels.image is None:
            return
        painter.save()
        bounds = visible_part(self._panels, origin)
        if panel is Panel.IMAGE and self._colours is not None and self._shows_colours:
            target = QRectF(
                self._place(self._covered.topLeft(), origin), self._place(self._covered.bottomRight(), origin)
            )
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)  # the cells as they are
            painter.setClipRect(bounds, Qt.ClipOperation.IntersectClip)
            painter.drawImage(target, self._colours, QRectF(self._colours.rect()))
            painter.restore()
        if self._asked is not None:
            self._draw_outline(painter, self._asked, origin)
        if panel is Panel.IMAGE:
            taken: list[QRectF] = []
            if self._asked_label is not None:
                self._draw_label(painter, self._asked_label, origin, bounds, taken, bold=True)
            for label in self._labels if self._shows_colours else ():
                if self._asked_label is None or label.spot != self._asked_label.spot:
                    self._draw_label(painter, label, origin, bounds, taken, bold=False)
        if self._pin is not None:
            draw_pin(painter, self._place(QPointF(*self._pin), origin))
        painter.restore()

    def _draw_label(
        self,
        painter: QPainter,
        label: Label,
        origin: QPointF,
        bounds: QRectF,
        taken: list[QRectF],
        *,
        bold: bool,
    ) -> None:
        at = self._place(QPointF(*label.spot), origin)
        if self._is_line and self._panels.image is not None:  # below the line, where there is room
            foot = self._panels.zoom.image_rect().translated(origin).bottom()
            room = panel_rect(self._panels, origin)
            at, bounds = QPointF(at.x(), foot), QRectF(room.left(), foot, room.width(), room.bottom() - foot)
        draw_label(painter, QRectF(at, at), label.text, bounds, taken, bold=bold, centred=True)

    def _draw_outline(self, painter: QPainter, outline: Outline, origin: QPointF) -> None:
        down, across = self._covered.height() / self._grid[0], self._covered.width() / self._grid[1]
        path = QPainterPath()
        for polygon in outline.polygons:
            corner = self._covered.topLeft()
            points = [
                self._place(corner + QPointF(point.x() * across, point.y() * down), origin)
                for point in polygon.toList()
            ]
            path.addPolygon(QPolygonF(points))
            path.closeSubpath()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((CASING, 4.0), (LINE, 2.0)):
            pen = QPen(colour, width)
            if not outline.is_found and colour is LINE:
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawPath(path)
