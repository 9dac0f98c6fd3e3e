"""List of regions found or letters read, and further questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ..common.number_format import number
from ..common.qt_helpers import Index
from ..widgets.row_view import RowView

MOST_ROWS = 6
"""Rows of the list that are seen without scrolling, if there are as many."""


def share_words(share: float) -> str:
    """Return a share, 0 to 1, as text: `12 %`."""
    if share < 0.001:
        return "< " + number(0.1, 1) + " %"
    return f"{number(100 * share, 0 if share >= 0.1 else 1)} %"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list."""

    name: str
    share: float
    """Of the image, or for a letter its score, 0..1."""
    colour: QColor | None = None
    """As on the image; None for none."""


class RegionList(QAbstractListModel):
    """The classes found, the largest region first, or letters in reading order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return name and share, and the colour."""
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return f"{row.name}, {share_words(row.share)}"
        if role == Qt.ItemDataRole.DecorationRole:
            return row.colour
        return None

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Set what is listed."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()


class RegionPanel(QWidget):
    """Sentence and list of what was found; hidden for other models than segmenters."""

    row_chosen = Signal(int)
    """The row to explain."""
    why_not_asked = Signal()
    whole_asked = Signal()
    colours_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.regions = RegionList(self)
        self.view = RowView(self)
        self.view.setModel(self.regions)
        self.view.setAccessibleName(self.tr("What was found, the largest region first"))
        self.why_not, self.whole = QPushButton(self), QPushButton(self)
        self.why_not.setToolTip(self.tr("Explain this class at the marked spot; choose another class below"))
        self.why_not.setAccessibleName(self.tr("Why not this class here?"))
        self.whole.setAccessibleName(self.tr("All that was found of this class"))
        self.whole.setToolTip(self.tr("Explain the class wherever it was found, and not this region alone"))
        self.colours = QCheckBox(self.tr("Colours on the image"), self)
        self.colours.setChecked(True)
        self.colours.toggled.connect(self.colours_toggled)
        texts = QVBoxLayout()
        texts.setContentsMargins(8, 0, 8, 0)
        texts.addWidget(self.summary)
        below = QVBoxLayout()
        below.setContentsMargins(8, 0, 8, 0)
        below.setSpacing(4)
        below.addWidget(self.why_not)
        below.addWidget(self.whole)
        last = QHBoxLayout()
        last.addWidget(self.colours)
        below.addLayout(last)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(texts)
        layout.addWidget(self.view, 1)
        layout.addLayout(below)
        self._following = False
        self.view.selectionModel().selectionChanged.connect(self._choose)
        self.view.activated.connect(lambda _: self._choose())
        self.view.clicked.connect(lambda _: self._choose())
        self.why_not.clicked.connect(self.why_not_asked)
        self.whole.clicked.connect(self.whole_asked)
        self.clear()
        self.hide()

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """The controls in tab order."""
        return (self.view, self.why_not, self.whole, self.colours)

    def set_line(self, is_line: bool) -> None:
        """List letters of a line of text, in place of regions."""
        self.colours.setVisible(not is_line)
        self.view.setAccessibleName(
            self.tr("Letters that were read, in reading order")
            if is_line
            else self.tr("What was found, the largest region first")
        )

    def show_rows(self, summary: str, rows: Sequence[Row]) -> None:
        """Show a sentence and what was found."""
        if tuple(rows) != self.regions.rows:
            self._change(lambda: self.regions.set_rows(rows))
        self.summary.setText(summary)
        height = self.view.sizeHintForRow(0) if rows else 0
        self.view.setMinimumHeight(min(len(rows), MOST_ROWS) * height + 4 if rows else 0)

    def mark(self, row: int | None) -> None:
        """Select the row that is explained, without asking about it."""

        def select() -> None:
            if row is None:
                self.view.selectionModel().clear()
            else:
                self.view.setCurrentIndex(self.regions.index(row, 0))

        self._change(select)

    def offer(self, why_not: str | None, whole: str | None) -> None:
        """Offer further questions about classes of these names; None: do not.

        `why_not`: why a class is not found at the marked spot; `whole`: about all that was found of a class.
        """
        for button, name, words in (
            (self.why_not, why_not, self.tr("Why not {name} here?")),
            (self.whole, whole, self.tr("All of {name}")),
        ):
            if name is None and button.hasFocus():  # which would go to the first control of the window
                self.view.setFocus()
            button.setVisible(name is not None)
            if name is not None:
                button.setText(words.format(name=name).replace("&", "&&"))  # one alone would be a key
                button.setAccessibleName(words.format(name=name))

    def clear(self) -> None:
        """Show that no image is explained."""
        self._change(lambda: self.regions.set_rows(()))
        self.summary.clear()
        self.offer(None, None)

    def _change(self, change: Callable[[], None]) -> None:
        """Change the list or the selection without asking about a row."""
        self._following = True
        try:
            change()
        finally:
            self._following = False

    def _choose(self) -> None:
        selected = self.view.selectionModel().selectedIndexes()
        if selected and not self._following:
            self.row_chosen.emit(selected[0].row())
