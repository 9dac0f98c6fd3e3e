"""Keyboard control of the panels: mark and cover spots, pan and zoom."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent

from .panels_view import PanelsView

DIRECTIONS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}

SPOT_STEP, PAN_STEP = 12.0, 48.0
"""Steps in panel pixels of the spot and of panning."""


class PanelKeys(QObject):
    """Event filter for keys of the focused panels.

    Shift and an arrow move the marked spot, whose evidence is shown; Ctrl and an arrow pan the image. With
    the brush, arrows alone move the spot and Space covers it. Without it, Enter clicks the spot. Other keys
    are left to the window.
    """

    def __init__(self, panels: PanelsView) -> None:
        super().__init__(panels)
        self._panels = panels
        panels.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle the keys before shortcuts of the window do."""
        if not isinstance(event, QKeyEvent) or not self._is_meant(event):
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress:
            self._act(event)
            return True
        return super().eventFilter(watched, event)

    def _is_meant(self, event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        shift, control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
        if event.key() in DIRECTIONS:
            plain = modifiers == Qt.KeyboardModifier.NoModifier and self._panels.brushing
            return plain or modifiers in (shift, control)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return modifiers == Qt.KeyboardModifier.NoModifier and not self._panels.brushing
        return event.key() == Qt.Key.Key_Space and self._panels.brushing

    def _act(self, event: QKeyEvent) -> None:
        direction = DIRECTIONS.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._panels.click_spot()
        elif direction is None:
            self._panels.brush_spot()
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._panels.pan(direction * -PAN_STEP)
        else:
            self._panels.move_spot(direction * SPOT_STEP)
