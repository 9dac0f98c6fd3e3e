"""Full screen: the panels alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from .window import MainWindow


def set_full_screen(window: MainWindow, fill: bool) -> None:
    """Give the whole screen to the panels, or show all other views again."""
    if fill == window.isFullScreen():
        return
    _show_rest(window, not fill)
    window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)
    (window.panels if fill else window.gallery_panel.view).setFocus()


def follow_screen(window: MainWindow) -> None:
    """Show all other views again where it was the system that ended the full screen."""
    if not window.isFullScreen() and window.tool_bar.isHidden():
        _show_rest(window, True)


def focus_widget(window: MainWindow, widget: QWidget) -> None:
    """Focus a control, leaving full screen, where it is hidden."""
    set_full_screen(window, False)
    widget.setFocus()


def _show_rest(window: MainWindow, visible: bool) -> None:
    for part in (window.tool_bar, window.gallery_panel, window.right_side, window.status):
        part.setVisible(visible)
