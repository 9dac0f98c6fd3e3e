"""Full-screen mode with only the panels."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QWidget


class FullScreen:
    """Hides all views except the panels, and restores them."""

    def __init__(
        self, window: QMainWindow, panels: QWidget, gallery: QWidget, others: Sequence[QWidget]
    ) -> None:
        """`others` are hidden in full screen; `gallery` gets the focus afterwards."""
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
        """Enter or leave full screen."""
        self.set_enabled(not self._window.isFullScreen())

    def follow_system(self) -> None:
        """Restore the views if the system ended full screen."""
        if not self._window.isFullScreen() and self._others[0].isHidden():
            self._show_others(True)

    def focus_widget(self, widget: QWidget) -> None:
        """Focus a control; leave full screen if it is hidden there."""
        self.set_enabled(False)
        widget.setFocus()

    def _show_others(self, visible: bool) -> None:
        for view in self._others:
            view.setVisible(visible)
