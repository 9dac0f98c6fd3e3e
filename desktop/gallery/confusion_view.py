"""Confusion matrix of folders named after classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QComboBox, QHeaderView, QLabel, QTableView, QTabWidget, QVBoxLayout, QWidget

from ..common.number_format import number
from ..common.qt_helpers import Index
from .class_scores import ClassScoresView
from .image_table import ConfusionCounts
from .thumbnail_delegate import RIGHT_COLOUR, WRONG_COLOUR

EMPTY = ConfusionCounts(np.empty(0, np.int32), np.empty(0, np.int32), np.empty((0, 0), np.int64))

CELL_WIDTH, CELL_HEIGHT, HEADER_LENGTH = 40, 24, 110


class ConfusionTable(QAbstractTableModel):
    """One row per folder class, one column per predicted class."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._counts = EMPTY
        self._classes: tuple[str, ...] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of folder classes."""
        return 0 if parent.isValid() else len(self._counts.actual)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of predicted classes."""
        return 0 if parent.isValid() else len(self._counts.predicted)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a count, its colour, or a description of the cell."""
        count = int(self._counts.counts[index.row(), index.column()])
        label, predicted = self.cell(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return str(count) if count else ""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if role == Qt.ItemDataRole.BackgroundRole and count:
            colour = QColor(RIGHT_COLOUR if label == predicted else WRONG_COLOUR)
            colour.setAlphaF(0.15 + 0.6 * count / int(self._counts.counts[index.row()].sum()))
            return colour
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            words = self.tr("{count} of {label}, predicted as {predicted}")
            return words.format(
                count=number(count), label=self._classes[label], predicted=self._classes[predicted]
            )
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return a class name."""
        indexes = self._counts.predicted if orientation is Qt.Orientation.Horizontal else self._counts.actual
        if section >= len(indexes):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._classes[indexes[section]]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._share_words(int(indexes[section]), orientation)
        return None

    def _share_words(self, class_index: int, orientation: Qt.Orientation) -> str:
        """Return the precision of a column's class, or the recall of a row's."""
        counts, actual = self._counts.counts, self._counts.actual == class_index
        predicted = self._counts.predicted == class_index
        right = int(counts[np.ix_(actual, predicted)].sum())
        if orientation is Qt.Orientation.Horizontal:
            total = int(counts[:, predicted].sum())
            words = self.tr("{name}: right in {right} of {total} answers (precision {share} %)")
        else:
            total = int(counts[actual].sum())
            words = self.tr("{name}: {right} of {total} images recognised (recall {share} %)")
        share = number(100 * right / total, 1) if total else "–"
        return words.format(
            name=self._classes[class_index], right=number(right), total=number(total), share=share
        )

    def most_frequent(self, most: int) -> list[tuple[int, int, int]]:
        """Return the most frequent mistakes: folder class, predicted class, images."""
        counts, actual, predicted = self._counts.counts, self._counts.actual, self._counts.predicted
        mistakes = np.where(actual[:, None] == predicted[None, :], 0, counts)
        order = np.argsort(-mistakes, axis=None, kind="stable")[:most]
        cells = [np.unravel_index(place, counts.shape) for place in order.tolist()]
        return [
            (int(actual[row]), int(predicted[column]), int(counts[row, column]))
            for row, column in cells
            if mistakes[row, column]
        ]

    def cell(self, index: Index) -> tuple[int, int]:
        """Return the folder class and the predicted class of a cell."""
        return int(self._counts.actual[index.row()]), int(self._counts.predicted[index.column()])

    def show_counts(self, counts: ConfusionCounts, classes: Sequence[str]) -> None:
        """Show these counts."""
        same = np.array_equal(counts.actual, self._counts.actual) and np.array_equal(
            counts.predicted, self._counts.predicted
        )
        if same and tuple(classes) == self._classes:
            self._counts = counts
            if counts.counts.size:
                last = self.index(self.rowCount() - 1, self.columnCount() - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._counts, self._classes = counts, tuple(classes)
        self.endResetModel()


class VerticalHeader(QHeaderView):
    """Header with vertical text, since the columns are narrow."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)
        self.setFixedHeight(HEADER_LENGTH)

    def paintSection(self, painter: QPainter, _rect: QRect, section: int) -> None:
        """Paint a name."""
        name = str(self.model().headerData(section, Qt.Orientation.Horizontal))
        left, height = self.sectionViewportPosition(section), self.height()
        painter.save()
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.translate(left, height)
        painter.rotate(-90)
        text = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, height - 8)
        painter.drawText(4, 0, height - 8, self.sectionSize(section), Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


MOST_LISTED = 8
"""Confusions in the list of the most frequent ones."""


class ConfusionView(QWidget):
    """The table with its title; selecting a cell filters the images."""

    cell_chosen = Signal(object)
    """The folder class and the predicted class, which is None for any."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = ConfusionTable(self)
        self.view = QTableView(self)
        self.view.setModel(self.table)
        self.view.setHorizontalHeader(VerticalHeader(self.view))
        self.view.horizontalHeader().setDefaultSectionSize(CELL_WIDTH)
        self.view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.view.verticalHeader().setDefaultSectionSize(CELL_HEIGHT)
        self.view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.view.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.view.setFrameShape(QTableView.Shape.NoFrame)
        self.view.setTabKeyNavigation(False)
        self.view.setAccessibleName(self.tr("Confusion table"))
        self.most_frequent = QComboBox(self)
        self.most_frequent.setAccessibleName(self.tr("Most frequent confusions"))
        self.most_frequent.setAccessibleDescription(self.most_frequent.accessibleName())
        self.most_frequent.activated.connect(self._choose_listed)
        self.title = QLabel(self)
        self.title.setText(
            self.tr(
                "Rows: true class (folder). Columns: the model's answer. Click a number to see its images."
            )
        )
        self.title.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 14, 8)
        layout.addWidget(self.title)
        layout.addWidget(self.most_frequent)
        self.scores = ClassScoresView(self)
        self.tabs = QTabWidget(self)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName(self.tr("Confusions, or scores of each class"))
        self.tabs.addTab(self.view, self.tr("Confusions"))
        self.tabs.addTab(self.scores, self.tr("Recall and precision"))
        layout.addWidget(self.tabs, 1)
        self.scores.class_chosen.connect(lambda label: self.cell_chosen.emit((label, None)))
        self.view.clicked.connect(self._choose)
        self.view.activated.connect(self._choose)

    def show_counts(self, counts: ConfusionCounts, classes: Sequence[str]) -> None:
        """Show the table of these counts, and list the most frequent confusions."""
        self.table.show_counts(counts, classes)
        self.scores.scores.show_counts(counts, classes)
        if self.most_frequent.view().isVisible():
            return
        found = self.table.most_frequent(MOST_LISTED)
        words = self.tr("{label} mistaken for {predicted} ({count})")
        self.most_frequent.clear()
        self.most_frequent.addItem(
            self.tr("Most frequent confusions…") if found else self.tr("No confusions so far"), None
        )
        for label, predicted, count in found:
            text = words.format(label=classes[label], predicted=classes[predicted], count=number(count))
            self.most_frequent.addItem(text, (label, predicted))

    def _choose_listed(self, row: int) -> None:
        cell = self.most_frequent.itemData(row)
        if cell is not None:
            self.cell_chosen.emit(cell)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid() and index.data():
            self.cell_chosen.emit(self.table.cell(index))
