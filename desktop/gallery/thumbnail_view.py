"""The thumbnails: a grid that asks for the visible ones only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import numpy as np
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QListView, QStyleOptionViewItem, QWidget

from ..common.qt_helpers import Index
from .image_list import PATH_ROLE, ImageList
from .thumbnail_delegate import ThumbnailDelegate
from .thumbnail_loader import ThumbnailLoader

MOST_KEPT = 1000
"""So many selected images stay so when rows change places; more would take too much of a frame."""


class ThumbnailView(QListView):
    """A grid of fixed cells; of 100,000 images it reads those that can be seen."""

    image_selected = Signal(Path)

    def __init__(self, images: ImageList, loader: ThumbnailLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images = images
        self._loader = loader
        # Left to right with wrapping is the icon mode's look, laid out in half the time, in batches.
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(2000)
        # Without both, Qt asks for every tile at once.
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QListView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Images"))
        self.setItemDelegate(ThumbnailDelegate(loader, self))
        self.setModel(images)
        self._set_grid()
        loader.loaded.connect(lambda _: self.viewport().update())

    def selected_paths(self) -> list[Path]:
        """Return the selected images, in the order shown."""
        rows = sorted(chain.from_iterable(self._selected_ranges()))
        return [self._images.path_at(row) for row in rows]

    @contextmanager
    def kept_selected(self) -> Iterator[None]:
        """Over a change of rows, keep what is selected, up to `MOST_KEPT` images."""
        is_kept = 1 < sum(map(len, self._selected_ranges())) <= MOST_KEPT
        selected = self.selected_paths() if is_kept else []
        yield
        selection, rows = QItemSelection(), self._images.rows_of(selected)
        for run in np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1) if len(rows) else []:
            selection.select(*(self._images.index(int(row), 0) for row in (run[0], run[-1])))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.Select)

    @contextmanager
    def kept_in_place(self) -> Iterator[None]:
        """Over a change of rows that the user has not asked for, keep what is looked at, too."""
        bar = self.verticalScrollBar()
        place = bar.value()
        with self.kept_selected():
            yield
        bar.setValue(place)

    def select_row(self, row: int) -> None:
        """Make an image the current one and show its tile."""
        index = self._images.index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def step(self, rows: int) -> None:
        """Go forward or back in the list, as far as there are images."""
        count = self._images.rowCount()
        if count:
            self.select_row(min(max(self.currentIndex().row() + rows, 0), count - 1))

    def step_folder(self, direction: int) -> None:
        """Go to the first image of the next folder (1), or of the one before (-1), if there is one."""
        row = self._images.neighbour_folder(max(0, self.currentIndex().row()), direction)
        if row is not None:
            self.select_row(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Space and Backspace to the window, which steps by them; Ctrl and Space select."""
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Backspace):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, _text: str) -> None:
        """Do nothing: letters are the window's keys, `/` filters, and Qt would ask for every name in turn."""

    def visible_rows(self) -> range:
        """Return the rows of which something can be seen."""
        count = self._images.rowCount()
        if count == 0:
            return range(0)
        cell = self.gridSize()
        offset = -self.visualRect(self._images.index(0, 0)).top()
        first = max(offset, 0) // cell.height()
        last = max(offset + self.viewport().height() - 1, 0) // cell.height()
        columns = self._columns()
        return range(min(first * columns, count), min((last + 1) * columns, count))

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell which image was chosen, by mouse, keys or program."""
        super().currentChanged(current, previous)
        if current.isValid():
            self.image_selected.emit(current.data(PATH_ROLE))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and wish for what is visible: from the top, the previous wish is forgotten."""
        super().paintEvent(event)
        self._loader.request([self._images.path_at(row) for row in self.visible_rows()])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Spread the columns over the width."""
        self._set_grid()
        super().resizeEvent(event)

    def _selected_ranges(self) -> Iterator[range]:
        # By ranges: Qt would make an index of each of 100,000, and ask the list about it.
        selection = self.selectionModel().selection()
        for number in range(selection.count()):
            part = selection.at(number)
            yield range(part.top(), part.bottom() + 1)

    def _columns(self) -> int:
        return max(1, (self.viewport().width() - 1) // self._tile_size().width())

    def _set_grid(self) -> None:
        # A row that fills the viewport to the last pixel would be wrapped one tile early.
        width = (self.viewport().width() - 1) // self._columns()
        self.setGridSize(QSize(width, self._tile_size().height()))

    def _tile_size(self) -> QSize:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        return self.itemDelegate().sizeHint(option, QModelIndex())
