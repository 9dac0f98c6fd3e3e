"""What the mouse does in the panels: zoom at the cursor, move the picture or brush over it, mark a spot."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from desktop.panels import WHEEL_STEP, PanelsView


class PanelMouse(QObject):
    """Listens to the mouse over panels."""

    def __init__(self, panels: PanelsView) -> None:
        super().__init__(panels)
        self._panels = panels
        self._drag_from: QPointF | None = None
        panels.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what the mouse does; all else is the panels' own."""
        kind = event.type()
        if isinstance(event, QWheelEvent):
            return self._turn(event)
        if kind == QEvent.Type.Leave:
            self._panels.unmark()
        elif isinstance(event, QMouseEvent):
            if kind == QEvent.Type.MouseButtonPress:
                self._press(event)
            elif kind == QEvent.Type.MouseMove:
                self._move(event)
            elif kind == QEvent.Type.MouseButtonRelease:
                self._drag_from = None
                self._panels.show_cursor()
            elif kind == QEvent.Type.MouseButtonDblClick and not self._panels.brushing:
                self._panels.fit()
        return super().eventFilter(watched, event)

    def _turn(self, event: QWheelEvent) -> bool:
        place = self._panels.panel_at(event.position())
        if place is None or self._panels.picture is None:
            return False
        self._panels.zoom_at(place[1], WHEEL_STEP ** (event.angleDelta().y() / 120))
        self._panels.mark_at(event.position())
        return True

    def _press(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._panels.picture is None:
            return
        self._drag_from = event.position()
        if self._panels.brushing:
            self._panels.brush_at(event.position())

    def _move(self, event: QMouseEvent) -> None:
        if self._drag_from is not None and self._panels.brushing:
            self._panels.brush_at(event.position())
        elif self._drag_from is not None:
            self._panels.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._panels.pan(event.position() - self._drag_from)
            self._drag_from = event.position()
        self._panels.mark_at(event.position())
