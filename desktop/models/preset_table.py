"""Table of what a foreign model answers with each preset, for several images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from .adoption import Tried

ROWS_SHOWN = 7
"""Rows that are visible at once."""

ANSWER_LENGTH = 18
"""Width of an image's column, in characters."""


class PresetTable(QTableWidget):
    """A row for each preset and a column for each image; a chosen row is in use."""

    chosen = Signal(str)
    """Name of the preset of the row that was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self.setAccessibleName(self.tr("What the model answers with each setting"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        row = self.fontMetrics().height() + 6
        self.verticalHeader().setDefaultSectionSize(row)
        self.setFixedHeight((ROWS_SHOWN + 1) * row + 4)
        self.currentCellChanged.connect(lambda row, *_: self._choose(row))

    def start(self, presets: Mapping[str, str]) -> None:
        """List presets, given with a description of each; nothing is tried yet."""
        self._names = tuple(presets)
        with QSignalBlocker(self):
            self.clear()
            self.setRowCount(len(presets))
            self.setColumnCount(1)
            self.setHorizontalHeaderLabels([self.tr("Setting")])
            for row, (name, note) in enumerate(presets.items()):
                item = QTableWidgetItem(f"{name}: {note}")
                item.setToolTip(f"{name}: {note}")
                self.setItem(row, 0, item)
        self._divide()

    def set_images(self, names: Sequence[str]) -> None:
        """Begin anew with these images."""
        with QSignalBlocker(self):
            self.setColumnCount(1 + len(names))
            self.setHorizontalHeaderLabels([self.tr("Setting"), *names])
            for row in range(self.rowCount()):
                for column in range(1, self.columnCount()):
                    self.setItem(row, column, QTableWidgetItem("…"))
        self._divide()

    def mark(self, preset: str | None) -> None:
        """Show the preset in use."""
        with QSignalBlocker(self):
            if preset in self._names:
                self.setCurrentCell(self._names.index(preset), 0)
            else:
                self.clearSelection()

    def show_tried(self, tried: Tried) -> None:
        """Show the answers with one preset."""
        row = self._names.index(tried.preset)
        for column, answer in enumerate(tried.answers, start=1):
            item = QTableWidgetItem(answer)
            item.setToolTip(answer)
            self.setItem(row, column, item)

    def end(self) -> None:
        """Leave the presets empty that cannot be used."""
        for row in range(self.rowCount()):
            for column in range(1, self.columnCount()):
                item = self.item(row, column)
                if item is not None and item.text() == "…":
                    item.setText("–")

    def answers(self, preset: str) -> list[str]:
        """Return the answers of a row, as shown."""
        row = self._names.index(preset)
        items = (self.item(row, column) for column in range(1, self.columnCount()))
        return ["" if item is None else item.text() for item in items]

    def _divide(self) -> None:
        """Give images equal columns, and the rest to the names of the settings."""
        header = self.horizontalHeader()
        for column in range(self.columnCount()):
            header.setSectionResizeMode(
                column, QHeaderView.ResizeMode.Interactive if column else QHeaderView.ResizeMode.Stretch
            )
            if column:
                header.resizeSection(column, self.fontMetrics().averageCharWidth() * ANSWER_LENGTH)

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self._names):
            self.chosen.emit(self._names[row])
