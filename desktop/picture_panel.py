"""The left side: a filter, the thumbnails that match it, and which of them is the current picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.pictures import PictureList
from desktop.thumbnail_view import ThumbnailView
from desktop.thumbnails import ThumbnailLoader
from desktop.tiles import TILE


class PicturePanel(QWidget):
    """Filter box and thumbnails."""

    picture_selected = Signal(Path)
    """Another picture than before, chosen by the user or because it is the first."""
    position_changed = Signal(object, int)
    """The row of the current picture, None when it is not on show, and the number of rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pictures = PictureList(self)
        self.loader = ThumbnailLoader(round(TILE * self.devicePixelRatioF()), parent=self)
        self.view = ThumbnailView(self.pictures, self.loader, self)
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setAccessibleName(self.tr("Filter the pictures by folder and file name"))
        self.filter.setClearButtonEnabled(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(6)
        filter_row = QVBoxLayout()
        filter_row.setContentsMargins(8, 0, 8, 0)
        filter_row.addWidget(self.filter)
        layout.addLayout(filter_row)
        layout.addWidget(self.view)
        self._current: Path | None = None
        self.filter.textChanged.connect(self._filter)
        self.filter.returnPressed.connect(lambda: self.view.setFocus())
        self.view.picture_selected.connect(self._select)

    def clear(self) -> None:
        """Forget all pictures and the filter."""
        self._current = None
        self.pictures.clear()
        self.filter.clear()
        self._tell_position()

    def add(self, paths: Sequence[Path]) -> None:
        """Append pictures; the first of all becomes the current one."""
        self.pictures.add(paths)
        if self._current is None and self.pictures.rowCount():
            self.view.select_row(0)
        self._tell_position()

    def _filter(self, text: str) -> None:
        self.pictures.set_filter(text)
        row = None if self._current is None else self.pictures.row_of(self._current)
        if row is not None:
            self.view.select_row(row)
        self._tell_position()

    def _select(self, path: Path) -> None:
        if path != self._current:
            self._current = path
            self.picture_selected.emit(path)
        self._tell_position()

    def _tell_position(self) -> None:
        index = self.view.currentIndex()
        self.position_changed.emit(index.row() if index.isValid() else None, self.pictures.rowCount())
