"""Panel of what was found: a sentence, a list, and a question below it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from .row_view import RowView

MOST_ROWS = 6
"""Rows that are seen without scrolling, if there are as many."""


class RowPanel(QWidget):
    """A sentence above rows; derived classes say what a row is, by `choose_row`."""

    def __init__(self, rows: QAbstractListModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._following = False
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.view = RowView(self)
        self.view.setModel(rows)
        self.why_not = QPushButton(self)
        self.why_not.setAccessibleName(self.tr("Why not this class here?"))
        self.why_not.setToolTip(self.tr("Explain this class at the marked spot; choose another class below"))
        self.why_not.hide()
        above = QVBoxLayout()
        above.setContentsMargins(8, 0, 8, 0)
        above.addWidget(self.summary)
        self.below = QVBoxLayout()
        self.below.setContentsMargins(8, 0, 8, 0)
        self.below.setSpacing(4)
        self.below.addWidget(self.why_not)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(above)
        layout.addWidget(self.view, 1)
        layout.addLayout(self.below)
        self.view.selectionModel().selectionChanged.connect(self._choose)
        self.view.activated.connect(lambda _: self._choose())
        self.view.clicked.connect(lambda _: self._choose())
        self.hide()

    def choose_row(self, row: int) -> None:
        """Ask about a row that the user chose."""
        raise NotImplementedError

    def mark_row(self, row: int | None) -> None:
        """Select the row that is explained, without asking about it."""

        def select() -> None:
            if row is None:
                self.view.selectionModel().clear()
            else:
                self.view.setCurrentIndex(self._rows.index(row, 0))

        self.change(select)

    def change(self, change: Callable[[], None]) -> None:
        """Change the rows or the selection without asking about a row."""
        self._following = True
        try:
            change()
        finally:
            self._following = False

    def offer_why_not(self, name: str | None) -> None:
        """Offer the question why a class is not found at the marked spot; None: do not."""
        self.offer(self.why_not, None if name is None else self.tr("Why not {name} here?").format(name=name))

    def offer(self, button: QPushButton, words: str | None) -> None:
        """Show a button with these words; None: hide it."""
        if words is None and button.hasFocus():  # which would go to the first control of the window
            self.view.setFocus()
        button.setVisible(words is not None)
        if words is not None:
            button.setText(words.replace("&", "&&"))  # one alone would be a key
            button.setAccessibleName(words)

    def fit_height(self) -> None:
        """Show all rows without scrolling, `MOST_ROWS` at most."""
        count = self._rows.rowCount()
        self.view.setMinimumHeight(min(count, MOST_ROWS) * self.view.sizeHintForRow(0) + 4 if count else 0)

    def _choose(self) -> None:
        selected = self.view.selectionModel().selectedIndexes()
        if selected and not self._following:
            self.choose_row(selected[0].row())
