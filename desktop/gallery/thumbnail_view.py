"""Grid of thumbnails that requests only visible ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import numpy as np
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QListView, QStyleOptionViewItem, QWidget

from ..common.qt_helpers import Index
from .image_list import PATH_ROLE, ImageList
from .thumbnail_delegate import ThumbnailDelegate
from .thumbnail_loader import ThumbnailLoader

MOST_KEPT = 1000
"""Maximum number of selected images kept when rows move; more would exceed a frame."""


class ThumbnailView(QListView):
    """Grid of fixed cells that loads only visible thumbnails."""

    image_selected = Signal(Path)
    became_visible = Signal(list)
    """The visible images, whenever they are painted."""

    def __init__(self, images: ImageList, loader: ThumbnailLoader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images = images
        self._loader = loader
        # Looks like icon mode, but is laid out in half the time and in batches.
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(2000)
        # Otherwise Qt requests all tiles at once.
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
        """Return the selected images, in display order."""
        rows = sorted(chain.from_iterable(self._selected_ranges()))
        return [self._images.path_at(row) for row in rows]

    @contextmanager
    def kept_selected(self) -> Iterator[None]:
        """Context manager that keeps up to `MOST_KEPT` selected images over row changes."""
        is_kept = 1 < sum(map(len, self._selected_ranges())) <= MOST_KEPT
        selected = self.selected_paths() if is_kept else []
        yield
        selection, rows = QItemSelection(), self._images.rows_of(selected)
        for run in np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1) if len(rows) else []:
            selection.select(*(self._images.index(int(row), 0) for row in (run[0], run[-1])))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.Select)

    @contextmanager
    def kept_in_place(self) -> Iterator[None]:
        """Context manager that also keeps the visible area over row changes."""
        bar = self.verticalScrollBar()
        place = bar.value()
        with self.kept_selected():
            yield
        bar.setValue(place)

    def select_row(self, row: int) -> None:
        """Make an image current and scroll to its tile."""
        index = self._images.index(row, 0)
        # Not `self.setCurrentIndex`: while Ctrl or Shift is held, that adds to the selection.
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)

    def step(self, rows: int) -> None:
        """Go forward or back by `rows`, limited to the list."""
        count = self._images.rowCount()
        if count:
            self.select_row(min(max(self.currentIndex().row() + rows, 0), count - 1))

    def step_folder(self, direction: int) -> None:
        """Go to the first image of the next (1) or previous (-1) folder, if any."""
        row = self._images.neighbour_folder(max(0, self.currentIndex().row()), direction)
        if row is not None:
            self.select_row(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Space and Backspace to the window; Ctrl+Space selects."""
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Backspace):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, _text: str) -> None:
        """Do nothing: letters are shortcuts, and Qt would request all names."""

    def visible_rows(self) -> range:
        """Return the range of visible rows."""
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
        """Emit the newly selected image."""
        super().currentChanged(current, previous)
        if current.isValid():
            self.image_selected.emit(current.data(PATH_ROLE))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and request visible thumbnails from the top, replacing earlier requests."""
        super().paintEvent(event)
        visible = [self._images.path_at(row) for row in self.visible_rows()]
        self._loader.request(visible)
        self.became_visible.emit(visible)
        if not visible and self._images.total:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            rect = self.viewport().rect().adjusted(12, 12, -12, -12)
            painter.drawText(rect, flags, self.tr("None of the images matches the filter above."))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Distribute the columns over the width."""
        self._set_grid()
        super().resizeEvent(event)

    def _selected_ranges(self) -> Iterator[range]:
        # By ranges, since Qt would create an index for each of 100,000 images.
        selection = self.selectionModel().selection()
        for number in range(selection.count()):
            part = selection.at(number)
            yield range(part.top(), part.bottom() + 1)

    def _columns(self) -> int:
        return max(1, (self.viewport().width() - 1) // self._tile_size().width())

    def _set_grid(self) -> None:
        # A row that fills the viewport exactly would wrap one tile early.
        width = (self.viewport().width() - 1) // self._columns()
        self.setGridSize(QSize(width, self._tile_size().height()))

    def _tile_size(self) -> QSize:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        return self.itemDelegate().sizeHint(option, QModelIndex())
