"""Messages above the panels, which stay until they are closed or replaced."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from .icons import icon


class MessageBar(QFrame):
    """The last message below those that stay, with a close button.

    A message about a topic stays until the user closes it, or `drop_topic` or another about the same topic
    takes its place. Any other is replaced by the next, or hidden by `clear_stale`.
    """

    MODEL, FOLDERS, IMAGES = "model", "folders", "images"
    """Topics: a model that is not in use, where settings are not kept, images that cannot be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.close_button = close = QToolButton(self)
        self.action = QPushButton(self)
        self.action.clicked.connect(self._act)
        self._then: Callable[[], object] | None = None
        self._kept: dict[str, str] = {}
        self._last = ""
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

    def show_message(self, text: str, *, topic: str = "") -> None:
        """Show a message in place of the one before, or of the one about its topic."""
        if topic:
            self._kept[topic] = text
            self._update()
        else:
            self._show(text, "", None)

    def drop_topic(self, topic: str) -> None:
        """Hide the message about a topic, if there is one."""
        if self._kept.pop(topic, None) is not None:
            self._update()

    def clear_stale(self) -> None:
        """Hide the last message, unless it offers an action."""
        if self._then is None:
            self._last = ""
            self._update()

    def offer(self, text: str, action: str, then: Callable[[], object]) -> None:
        """Show a message with a button labelled `action` that calls `then`."""
        self._show(text, action, then)

    def _show(self, text: str, action: str, then: Callable[[], object] | None) -> None:
        self._last, self._then = text, then
        self.action.setText(action)
        self._update()

    def _update(self) -> None:
        text = "\n".join(filter(None, (*self._kept.values(), self._last)))
        self.label.setText(text)
        self.setAccessibleDescription(text)
        self.action.setVisible(self._then is not None)
        self.setVisible(bool(text))

    def _act(self) -> None:
        then, self._then = self._then, None
        self._last = ""
        self._update()
        if then is not None:
            then()

    def _close_message(self) -> None:
        self._kept.clear()
        self._last, self._then = "", None
        self._update()
