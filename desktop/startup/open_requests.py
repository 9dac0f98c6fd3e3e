"""Requests to open files in a running window, from later starts or from macOS."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QWidget

from .single_instance import ACTIVATION


class OpenRequests(QObject):
    """Event filter of the application for macOS's open requests (Finder, Dock)."""

    asked = Signal(Path)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Handle open requests; ignore other events."""
        if isinstance(event, QFileOpenEvent) and event.url().isLocalFile():
            self.asked.emit(Path(event.url().toLocalFile()))
            return True
        return super().eventFilter(watched, event)


def bring_forward(window: QWidget, activation: str = "") -> None:
    """Raise a window; some systems only highlight it in the task bar.

    `activation` is Wayland's activation token of the requesting program (`OpenRequest.activation`).
    """
    if activation:
        os.environ[ACTIVATION] = activation  # read by Qt
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
