"""Mouse control of the panels: zoom, pan, brush, spots and stepping."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from .panels_view import WHEEL_STEP, PanelsView

SIDE_BUTTONS = {Qt.MouseButton.BackButton: -1, Qt.MouseButton.ForwardButton: 1}
"""Direction of each side button through the images."""


NOTCH = 120
"""Eighths of a degree of a notch of the wheel."""


class PanelMouse(QObject):
    """Event filter for mouse events of panels."""

    def __init__(self, panels: PanelsView) -> None:
        super().__init__(panels)
        self._panels = panels
        self._drag_from: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self._turned = 0
        """Eighths of a degree that the wheel turned since the last image."""
        panels.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle mouse events; ignore others."""
        kind = event.type()
        if isinstance(event, QWheelEvent):
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if self._panels.wheel_browses and not control:
                return self._browse(event.angleDelta().y())
            return self._zoom(event.position(), WHEEL_STEP ** (event.angleDelta().y() / 120))
        if isinstance(event, QNativeGestureEvent):
            is_pinch = event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
            return is_pinch and self._zoom(event.position(), 1 + event.value())
        if kind == QEvent.Type.Leave:
            self._panels.unmark()
        elif isinstance(event, QMouseEvent):
            if kind == QEvent.Type.MouseButtonPress:
                self._press(event)
            elif kind == QEvent.Type.MouseMove:
                self._move(event)
            elif kind == QEvent.Type.MouseButtonRelease:
                self._release(event)
            elif kind == QEvent.Type.MouseButtonDblClick and not self._panels.brushing:
                self._panels.fit()
        return super().eventFilter(watched, event)

    def _browse(self, turned: int) -> bool:
        """Go on by an image for each notch; touch pads turn by parts of one."""
        self._turned += turned
        notches = int(self._turned / NOTCH)
        if notches:
            self._turned -= notches * NOTCH
            self._panels.stepped.emit(-notches)
        return True

    def _zoom(self, position: QPointF, factor: float) -> bool:
        place = self._panels.panel_at(position)
        if place is None or self._panels.image is None:
            return False
        self._panels.zoom_at(place[1], factor)
        self._panels.mark_at(position)
        return True

    def _press(self, event: QMouseEvent) -> None:
        if event.button() in SIDE_BUTTONS:
            self._panels.stepped.emit(SIDE_BUTTONS[event.button()])
        if event.button() != Qt.MouseButton.LeftButton or self._panels.image is None:
            return
        self._drag_from = self._pressed_at = event.position()
        if self._panels.brushing:
            self._panels.brush_at(event.position(), begins=True)

    def _release(self, event: QMouseEvent) -> None:
        """End dragging; a press and release at one point is a click."""
        pressed, self._drag_from, self._pressed_at = self._pressed_at, None, None
        self._panels.show_cursor()
        if pressed is not None and event.button() == Qt.MouseButton.LeftButton:
            self._panels.click_at(event.position())

    def _move(self, event: QMouseEvent) -> None:
        if self._pressed_at is not None:
            moved = (event.position() - self._pressed_at).manhattanLength()
            if moved < QApplication.startDragDistance() and not self._panels.brushing:
                return
            self._pressed_at = None
        if self._drag_from is not None and self._panels.brushing:
            self._panels.brush_at(event.position(), begins=False)
        elif self._drag_from is not None:
            self._panels.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._panels.pan(event.position() - self._drag_from)
            self._drag_from = event.position()
        self._panels.mark_at(event.position())
