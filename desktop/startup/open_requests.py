"""What is brought to a window that is open already: by a later start, or by macOS, which starts none."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QWidget

from .single_instance import ACTIVATION


class OpenRequests(QObject):
    """An event filter of the application: the files that macOS wants opened, from Finder and Dock."""

    asked = Signal(Path)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take such a request; let everything else pass."""
        if isinstance(event, QFileOpenEvent) and event.url().isLocalFile():
            self.asked.emit(Path(event.url().toLocalFile()))
            return True
        return super().eventFilter(watched, event)


def bring_forward(window: QWidget, activation: str = "") -> None:
    """Show a window over the others; a system that guards the focus may mark it in its task bar instead.

    `activation` is what Wayland gave the program that asks for it (`Call.activation`).
    """
    if activation:
        os.environ[ACTIVATION] = activation  # read by Qt when it asks the compositor
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
