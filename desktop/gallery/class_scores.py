"""Recall and precision of each class in folders named after classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from ..common.number_format import number
from ..common.qt_helpers import Index
from .image_table import ConfusionCounts

SORT_ROLE = Qt.ItemDataRole.UserRole

CLASS, IMAGES, RECALL, PRECISION = range(4)
"""Columns of the table."""


class ClassScores(QAbstractTableModel):
    """A row for each class of a folder or an answer: images, recall, precision."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._classes: tuple[str, ...] = ()
        self._indexes: NDArray[np.int64] = np.empty(0, np.int64)
        self._images = self._answers = self._right = self._indexes

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of classes."""
        return 0 if parent.isValid() else len(self._indexes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else 4

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return the columns' names and explanations."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (self.tr("Class"), self.tr("Images"), self.tr("Recall"), self.tr("Precision"))[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return (
                self.tr("Class of the folder, or answer of the model"),
                self.tr("Images in folders of this class"),
                self.tr("Share of these images that the model recognises"),
                self.tr("Share of the model's answers of this class that are right"),
            )[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell as text, or as a value to sort by."""
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole and column != CLASS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role not in (Qt.ItemDataRole.DisplayRole, SORT_ROLE):
            return None
        shown = role == Qt.ItemDataRole.DisplayRole
        if column == CLASS:
            name = self._classes[self._indexes[row]]
            return name if shown else name.casefold()
        if column == IMAGES:
            return number(int(self._images[row])) if shown else int(self._images[row])
        total = int((self._images if column == RECALL else self._answers)[row])
        share = int(self._right[row]) / total if total else -1.0
        if not shown:
            return share
        return f"{number(100 * share, 1)} %" if total else "–"

    def class_of(self, row: int) -> int:
        """Return the class of a row."""
        return int(self._indexes[row])

    def show_counts(self, counts: ConfusionCounts, classes: Sequence[str]) -> None:
        """Show the scores that follow from these counts."""
        indexes = np.union1d(counts.actual, counts.predicted).astype(np.int64)
        images, answers, right = (np.zeros(len(indexes), np.int64) for _ in range(3))
        rows = np.searchsorted(indexes, counts.actual)
        images[rows] = counts.counts.sum(axis=1)
        answers[np.searchsorted(indexes, counts.predicted)] = counts.counts.sum(axis=0)
        right[rows] = (counts.counts * (counts.actual[:, None] == counts.predicted[None])).sum(axis=1)
        same = tuple(classes) == self._classes and np.array_equal(indexes, self._indexes)
        if not same:
            self.beginResetModel()
        self._classes, self._indexes = tuple(classes), indexes
        self._images, self._answers, self._right = images, answers, right
        if not same:
            self.endResetModel()
        elif len(indexes):
            self.dataChanged.emit(self.index(0, 0), self.index(len(indexes) - 1, 3))


class ClassScoresView(QTableView):
    """The scores, sorted by a click on a column; a class shows its images."""

    class_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scores = ClassScores(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.scores)
        self._sorted.setSortRole(SORT_ROLE)
        self.setModel(self._sorted)
        self.setSortingEnabled(True)
        self.sortByColumn(RECALL, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setAccessibleName(self.tr("Recall and precision of each class"))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(CLASS, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.class_chosen.emit(self.scores.class_of(self._sorted.mapToSource(index).row()))
