"""Faithfulness of the displayed map, measured on demand."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from ..common.feature import Feature
from ..session.session import Session
from .faithfulness_view import FaithfulnessView
from .map_test import measure, tested_question


class Faithfulness(Feature):
    """Measures the displayed map on demand; another image or map clears them."""

    started = Signal()
    """A measurement is starting; the view should be visible."""
    grown = Signal(object)
    """The `Measurements` so far."""
    ended = Signal()

    def __init__(
        self, session: Session, view: FaithfulnessView, command: QAction, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._view = view
        self._queue = self._add_queue("faithfulness", newest_wins=True)
        command.triggered.connect(self.measure)
        view.asked.connect(self.measure)
        self.grown.connect(view.show_measurements)
        for another in (session.explained, session.image_requested, session.image_forgotten):
            another.connect(lambda *_: self.clear())

    def measure(self) -> None:
        """Measure the displayed map, if there is one."""
        sketch = self._session.sketch()
        if sketch is not None:
            self._view.begin(tested_question(sketch), self._session.classes)
            self.started.emit()
            self._queue.run_steps(lambda: measure(sketch), self.grown.emit, self._report, self.ended.emit)

    def clear(self) -> None:
        """Cancel the measurement and show no measurements."""
        if self.busy:
            self._queue.cancel_all()
            self.ended.emit()
        self._view.clear()

    def _report(self, error: Exception) -> None:
        self.ended.emit()
        super()._report(error)
