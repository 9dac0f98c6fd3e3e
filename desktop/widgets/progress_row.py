"""Progress of a background task, with a stop button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from ..common.number_format import number
from .icons import icon


class ProgressRow(QWidget):
    """A line of text above a thin bar; hidden without progress."""

    cancelled = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.text = QLabel(self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(5)
        self.bar.setAccessibleName(name)
        self.stop = QToolButton(self)
        self.stop.setAutoRaise(True)
        self.stop.setIconSize(QSize(16, 16))
        self.stop.setToolTip(self.tr("Stop: {what}").format(what=name))
        self.stop.setAccessibleName(self.stop.toolTip())
        self.stop.clicked.connect(self.cancelled)
        column = QVBoxLayout()
        column.setSpacing(3)
        column.addWidget(self.text)
        column.addWidget(self.bar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 4, 6)
        layout.addLayout(column, 1)
        layout.addWidget(self.stop)
        self._draw_icon()
        self.hide()

    def show_progress(self, done: int, total: int, doing: str = "", before: int = 0, after: int = 0) -> None:
        """Show the number of completed items and the total.

        For tasks of several passes, `doing` describes the current one, and `before` and `after` are the
        numbers of items in the other passes, so that the bar fills once.
        """
        what = f"{self._name}, {doing}" if doing else self._name
        words = self.tr("{what}: {done} of {total}")
        self.text.setText(words.format(what=what, done=number(done), total=number(total)))
        self.bar.setRange(0, before + total + after)
        self.bar.setValue(before + done)
        self.show()

    def changeEvent(self, event: QEvent) -> None:
        """Redraw icons when the colour scheme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def _draw_icon(self) -> None:
        self.stop.setIcon(icon("close", self.palette()))
