"""Message above the panels, shown until closed or replaced."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from .icons import icon


class MessageBar(QFrame):
    """A message with a close button; hidden if there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.close_button = close = QToolButton(self)
        self.action = QPushButton(self)
        self.action.clicked.connect(self._act)
        self._then: Callable[[], object] | None = None
        self._stays = False
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.ToolTipBase)
        self.setAccessibleName(self.tr("Message"))
        self.label = QLabel(self)
        self.label.setForegroundRole(QPalette.ColorRole.ToolTipText)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setWordWrap(True)
        self.label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        close.setAutoRaise(True)
        close.setIconSize(QSize(20, 20))
        close.setIcon(icon("close", self.palette()))
        close.setAccessibleName(self.tr("Close the message"))
        close.setToolTip(self.tr("Close the message"))
        close.clicked.connect(self._close_message)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 6, 6)
        layout.addWidget(self.label, 1)
        layout.addWidget(self.action, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def changeEvent(self, event: QEvent) -> None:
        """Redraw icons when the colour scheme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.close_button.setIcon(icon("close", self.palette()))

    def show_message(self, text: str, *, stays: bool = False) -> None:
        """Replace the message; `clear_stale` keeps one that `stays`."""
        self._show(text, "", None)
        self._stays = stays

    def clear_stale(self) -> None:
        """Hide the message, unless it stays or has an action."""
        if not self._stays:
            self.hide()

    def offer(self, text: str, action: str, then: Callable[[], object]) -> None:
        """Show a message with a button labelled `action` that calls `then`."""
        self._show(text, action, then)

    def _show(self, text: str, action: str, then: Callable[[], object] | None) -> None:
        self.label.setText(text)
        self.setAccessibleDescription(text)
        self._then = then
        self._stays = then is not None
        self.action.setText(action)
        self.action.setVisible(then is not None)
        self.show()

    def _act(self) -> None:
        then, self._then = self._then, None
        self.hide()
        if then is not None:
            then()

    def _close_message(self) -> None:
        self._then = None
        self.hide()
