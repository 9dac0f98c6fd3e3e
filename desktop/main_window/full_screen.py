"""Full screen: the panels alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QWidget


class FullScreen:
    """Gives the whole screen to the panels, and shows all other views again."""

    def __init__(
        self, window: QMainWindow, panels: QWidget, gallery: QWidget, others: Sequence[QWidget]
    ) -> None:
        """`others` are hidden in full screen; `gallery` is focused after it."""
        self._window = window
        self._panels = panels
        self._gallery = gallery
        self._others = others

    def set_enabled(self, enabled: bool) -> None:
        """Enter or leave full screen."""
        if enabled == self._window.isFullScreen():
            return
        self._show_others(not enabled)
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)
        (self._panels if enabled else self._gallery).setFocus()

    def toggle(self) -> None:
        """Enter full screen, or leave it."""
        self.set_enabled(not self._window.isFullScreen())

    def follow_system(self) -> None:
        """Show all other views again where it was the system that ended the full screen."""
        if not self._window.isFullScreen() and self._others[0].isHidden():
            self._show_others(True)

    def focus_widget(self, widget: QWidget) -> None:
        """Focus a control, leaving full screen, where it is hidden."""
        self.set_enabled(False)
        widget.setFocus()

    def _show_others(self, visible: bool) -> None:
        for view in self._others:
            view.setVisible(visible)
