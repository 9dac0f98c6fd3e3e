"""The list of open pictures and its filter, for the thumbnails and for the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

PATH_ROLE = Qt.ItemDataRole.UserRole
"""The picture's `Path`."""

Index = QModelIndex | QPersistentModelIndex
"""What Qt calls an index when it calls a model or a view."""


class PictureList(QAbstractListModel):
    """Pictures in the order found; only those that match the filter are rows.

    The filter is applied here and not by a proxy model, which would call Python once a row each time:
    a folder may hold 100,000 pictures.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths: list[Path] = []
        self._words: list[str] = []
        self._shown: list[Path] = []
        self._filter: tuple[str, ...] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of pictures that match the filter."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the file name, the path as tool tip, or the `Path`."""
        if not index.isValid():
            return None
        path = self._shown[index.row()]
        if role == PATH_ROLE:
            return path
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return path.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(path)
        return None

    @property
    def total(self) -> int:
        """How many pictures there are, matching or not."""
        return len(self._paths)

    def path_at(self, row: int) -> Path:
        """Return the picture of a row."""
        return self._shown[row]

    def row_of(self, path: Path) -> int | None:
        """Return the row of a picture, or None when it does not match the filter."""
        try:
            return self._shown.index(path)
        except ValueError:
            return None

    def clear(self) -> None:
        """Forget all pictures; the filter stays."""
        self.beginResetModel()
        self._paths, self._words, self._shown = [], [], []
        self.endResetModel()

    def add(self, paths: Sequence[Path]) -> None:
        """Append pictures."""
        words = [f"{path.parent.name}/{path.name}".casefold() for path in paths]
        self._paths += paths
        self._words += words
        matching = [path for path, text in zip(paths, words, strict=True) if self._matches(text)]
        if matching:
            first = len(self._shown)
            self.beginInsertRows(QModelIndex(), first, first + len(matching) - 1)
            self._shown += matching
            self.endInsertRows()

    def set_filter(self, text: str) -> None:
        """Show only pictures whose folder and file name contain every word of `text`."""
        words = tuple(text.casefold().split())
        if words == self._filter:
            return
        self.beginResetModel()
        self._filter = words
        self._shown = [
            path for path, text in zip(self._paths, self._words, strict=True) if self._matches(text)
        ]
        self.endResetModel()

    def _matches(self, text: str) -> bool:
        return all(word in text for word in self._filter)
