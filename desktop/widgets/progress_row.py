"""Progress of a background task, with a button that stops it or pauses it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from ..common.number_format import number
from .icons import icon


class ProgressRow(QWidget):
    """A line of text above a thin bar; hidden without progress."""

    cancelled = Signal()
    resumed = Signal()
    """The user wants to go on with what was paused."""

    def __init__(self, name: str, parent: QWidget | None = None, *, pausable: bool = False) -> None:
        """`pausable`: the button pauses, and later resumes, instead of ending the task."""
        super().__init__(parent)
        self._name = name
        self._pausable = pausable
        self._paused = False
        self.text = QLabel(self)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(5)
        self.bar.setAccessibleName(name)
        self.stop = QToolButton(self)
        self.stop.setAutoRaise(True)
        self.stop.setIconSize(QSize(16, 16))
        self.stop.clicked.connect(lambda: (self.resumed if self._paused else self.cancelled).emit())
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
        self._set_paused(False)
        self.text.setText(words.format(what=what, done=number(done), total=number(total)))
        self.bar.setRange(0, before + total + after)
        self.bar.setValue(before + done)
        self.show()

    def show_paused(self, done: int, total: int) -> None:
        """Show that the task is paused after `done` of `total` items."""
        words = self.tr("{what}: paused at {done} of {total}")
        self._set_paused(True)
        self.text.setText(words.format(what=self._name, done=number(done), total=number(total)))
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.show()

    def _set_paused(self, paused: bool) -> None:
        if paused != self._paused:
            self._paused = paused
            self._draw_icon()

    def changeEvent(self, event: QEvent) -> None:
        """Redraw icons when the colour scheme changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def _draw_icon(self) -> None:
        if self._paused:
            name, words = "play", self.tr("Go on: {what}")
        elif self._pausable:
            name, words = "pause", self.tr("Pause: {what}")
        else:
            name, words = "close", self.tr("Stop: {what}")
        self.stop.setIcon(icon(name, self.palette()))
        self.stop.setToolTip(words.format(what=self._name))
        self.stop.setAccessibleName(self.stop.toolTip())
