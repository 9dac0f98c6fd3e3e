"""What people expect of picture viewers: keys that step, and a screen full of picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from .operable import OperableWindow

STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageDown: 1,
    Qt.Key.Key_Space: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageUp: -1,
    Qt.Key.Key_Backspace: -1,
}
"""How far a key goes through the pictures, where no view has another use for it."""


def browse(window: OperableWindow, key: int) -> bool:
    """Go to another picture by a key that no view had a use for; return whether it is one of these."""
    view = window.picture_panel.view
    known = Qt.Key(key)
    if known in STEPS:
        view.step(STEPS[known])
    elif known == Qt.Key.Key_Home:
        view.step(-window.picture_panel.pictures.rowCount())
    elif known == Qt.Key.Key_End:
        view.step(window.picture_panel.pictures.rowCount())
    else:
        return False
    return True


def fill_screen(window: OperableWindow, fill: bool) -> None:
    """Give the whole screen to the panels, or bring all the rest back."""
    if fill == window.isFullScreen():
        return
    _show_rest(window, not fill)
    window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)
    (window.panels if fill else window.picture_panel.view).setFocus()


def follow_screen(window: OperableWindow) -> None:
    """Bring all the rest back where it was the system that ended the full screen."""
    if not window.isFullScreen() and window.tool_bar.isHidden():
        _show_rest(window, True)


def reach(window: OperableWindow, widget: QWidget) -> None:
    """Give the keys to a control, which is hidden while the panels fill the screen."""
    fill_screen(window, False)
    widget.setFocus()


def _show_rest(window: OperableWindow, visible: bool) -> None:
    for part in (window.tool_bar, window.picture_panel, window.right_side, window.status):
        part.setVisible(visible)
