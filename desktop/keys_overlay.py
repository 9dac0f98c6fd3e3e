"""The list of keys, laid over the window; any key or click closes it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent, QKeySequence, QMouseEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

ROWS = 30
"""In a column, so that all of it fits into a window of 800 pixels."""


class KeysOverlay(QFrame):
    """Shows what each key does, from the actions themselves; hidden until asked for."""

    def __init__(self, actions: Iterable[QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setForegroundRole(QPalette.ColorRole.Text)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Keys"))
        rows = [
            (action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), action.whatsThis())
            for action in actions
        ]
        rows += [
            (self.tr("Arrows"), self.tr("Through the pictures")),
            (self.tr("Space, backspace"), self.tr("Next picture, previous picture")),
            (self.tr("Home, end"), self.tr("First picture, last picture")),
            (self.tr("Shift + arrows"), self.tr("Mark a spot of the picture")),
            (self.tr("Ctrl + arrows"), self.tr("Move the picture")),
            (self.tr("Space"), self.tr("Cover the marked spot, with the brush")),
            (self.tr("Wheel"), self.tr("Zoom at the cursor")),
            (self.tr("Drag"), self.tr("Move the picture")),
            (self.tr("Double click"), self.tr("Fit the picture")),
        ]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(28, 20, 28, 20)
        layout.setSpacing(32)
        for first in range(0, len(rows), ROWS):
            label = QLabel(_table(rows[first : first + ROWS]), self)
            label.setForegroundRole(QPalette.ColorRole.Text)
            layout.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleDescription("; ".join(f"{key}: {text}" for key, text in rows))
        parent.installEventFilter(self)
        self.hide()

    def toggle(self) -> None:
        """Show the keys in the middle of the window, or hide them."""
        if self.isVisible():
            self.hide()
            return
        self._centre()
        self.show()
        self.raise_()
        self.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle when the window changes its size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._centre()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Take every key, also those that are shortcuts of the window."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, _event: QKeyEvent) -> None:
        """Close."""
        self.hide()

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """Close."""
        self.hide()

    def hideEvent(self, event: QHideEvent) -> None:
        """Give the keys back to the window."""
        super().hideEvent(event)
        self.window().setFocus()

    def _centre(self) -> None:
        self.adjustSize()
        rect = self.rect()
        rect.moveCenter(self._covered.rect().center())
        self.setGeometry(rect)


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td align='right' style='padding: 2px 14px 2px 0'><b>{html.escape(key)}</b></td>"
        f"<td style='padding: 2px 0'>{html.escape(text)}</td></tr>"
        for key, text in rows
    )
    return f"<table>{cells}</table>"
