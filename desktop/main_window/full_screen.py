"""The whole screen for the panels, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from .operable import OperableWindow


def set_full_screen(window: OperableWindow, fill: bool) -> None:
    """Give the whole screen to the panels, or bring all the rest back."""
    if fill == window.isFullScreen():
        return
    _show_rest(window, not fill)
    window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)
    (window.panels if fill else window.image_panel.view).setFocus()


def follow_screen(window: OperableWindow) -> None:
    """Bring all the rest back where it was the system that ended the full screen."""
    if not window.isFullScreen() and window.tool_bar.isHidden():
        _show_rest(window, True)


def focus_widget(window: OperableWindow, widget: QWidget) -> None:
    """Give the keys to a control, which is hidden while the panels fill the screen."""
    set_full_screen(window, False)
    widget.setFocus()


def _show_rest(window: OperableWindow, visible: bool) -> None:
    for part in (window.tool_bar, window.image_panel, window.right_side, window.status):
        part.setVisible(visible)
