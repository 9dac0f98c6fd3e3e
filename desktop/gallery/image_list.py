"""List model of open images, filtered and sorted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    Qt,
    Signal,
)

from whylight.class_names import FolderLabels

from ..common.number_format import number
from ..common.qt_helpers import Index, to_file_urls
from .image_table import UNKNOWN, Found, ImageFilter, ImageTable
from .marks import NO_MARK, Mark, MarkedImage, Marks

PATH_ROLE = Qt.ItemDataRole.UserRole
"""The image's `Path`."""
BADGE_ROLE = Qt.ItemDataRole.UserRole + 1
"""The image's `Badge`, or None if it is not predicted yet."""
MARK_ROLE = Qt.ItemDataRole.UserRole + 2
"""The image's `Mark`, or None."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Predicted class of an image."""

    path: Path
    class_index: int
    """Predicted class; `UNKNOWN` if the image cannot be read."""
    probability: float
    found: Found | None = None
    """What a detector or segmenter found; None for classifiers."""
    text: str | None = None
    """What was read of a line of text."""


@dataclass(frozen=True, slots=True)
class Badge:
    """Prediction shown on a tile."""

    text: str
    is_right: bool | None
    """Whether it is the folder's class; None if the folder is not named after a class."""
    label: str = ""
    """The folder's class, if it is named after one."""

    @property
    def words(self) -> str:
        """The prediction; of a mistake, also what it should have been: `wrench (stapler)`."""
        return f"{self.text} ({self.label})" if self.is_right is False else self.text


class ImageList(QAbstractListModel):
    """Images in the order found; rows are the filtered and sorted images.

    Filtering is done here and not by a proxy model, which would call Python once per row: a folder may
    contain 100,000 images.
    """

    table_changed = Signal()
    """Predictions were added. Not `dataChanged`, which makes list views lay out all items."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table = ImageTable()
        self.image_filter = ImageFilter()
        self._paths: list[Path] = []
        self._indexes: dict[Path, int] = {}
        self._folders: list[int] = []
        """Index of the folder of each image."""
        self._folder_numbers: dict[Path, int] = {}
        self._rows = np.empty(0, np.int64)
        self._classes: tuple[str, ...] = ()
        self._labels = FolderLabels(())
        self.shows_answers = False
        """Whether tiles say the answer with the class: cosines with references."""
        self.has_badges = True
        """Whether tiles say the class; not of embeddings that are compared with nothing."""
        self.marks: Marks | None = None
        """Marks of images, which those added have from before."""

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of filtered images."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return file name, path as tool tip, `Path`, `Badge`, or accessible text."""
        if not index.isValid():
            return None
        path = self.path_at(index.row())
        if role == PATH_ROLE:
            return path
        if role == Qt.ItemDataRole.DisplayRole:
            return path.name
        if role == Qt.ItemDataRole.ToolTipRole:
            badge, mark = self._badge(int(self._rows[index.row()])), self._mark(index.row())
            lines = [str(path)]
            if badge is not None and badge.is_right is False:
                words = self.tr("The model says {predicted}, the folder {label}.")
                lines.append(words.format(predicted=badge.text, label=badge.label))
            difference = float(self.table.differences[int(self._rows[index.row()])])
            if difference == difference:  # not NaN
                words = self.tr("The two models differ by {share} %.")
                lines.append(words.format(share=number(100 * difference)))
            if mark is not None:
                lines.append(self.tr("Marked: {mark}").format(mark=mark.words))
            return "\n".join(lines)
        if role == MARK_ROLE:
            return self._mark(index.row())
        if role == BADGE_ROLE:
            return self._badge(int(self._rows[index.row()]))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            badge, mark = self._badge(int(self._rows[index.row()])), self._mark(index.row())
            parts = [path.name] if badge is None else [path.name, badge.words]
            if mark is not None:
                parts.append(self.tr("marked: {mark}").format(mark=mark.words))
            return ", ".join(parts)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Allow images to be dragged."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeTypes(self) -> list[str]:
        """Return the MIME type of dragged files."""
        return ["text/uri-list", "text/plain"]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the files of rows."""
        return to_file_urls([self.path_at(row) for row in sorted(index.row() for index in indexes)])

    @property
    def total(self) -> int:
        """Number of images, including those filtered out."""
        return len(self._paths)

    @property
    def paths(self) -> Sequence[Path]:
        """All images, in the order found."""
        return self._paths

    def of_folder(self, folder: Path) -> list[Path]:
        """Return the images of one folder, in the order found."""
        number = self._folder_numbers.get(folder)
        return [path for path, own in zip(self._paths, self._folders, strict=True) if own == number]

    @property
    def shown_paths(self) -> list[Path]:
        """The filtered images, in display order."""
        return [self._paths[index] for index in self._rows]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of predictions."""
        return self._classes

    def path_at(self, row: int) -> Path:
        """Return the image of a row."""
        return self._paths[int(self._rows[row])]

    def row_of(self, path: Path) -> int | None:
        """Return the row of an image, or None if it is filtered out."""
        index = self._indexes.get(path)
        if index is None:
            return None
        places = np.flatnonzero(self._rows == index)
        return int(places[0]) if len(places) else None

    def rows_of(self, paths: Sequence[Path]) -> NDArray[np.int64]:
        """Return the sorted rows of the given images that are shown, int64 `[N]`."""
        places = np.full(self.total, -1, np.int64)
        places[self._rows] = np.arange(len(self._rows))
        rows = places[[self._indexes[path] for path in paths if path in self._indexes]]
        return np.sort(rows[rows >= 0])

    def neighbour_folder(self, row: int, direction: int) -> int | None:
        """Return the first row of the next (1) or previous (-1) folder, if any."""
        folders = np.asarray(self._folders, np.int64)[self._rows]
        firsts = np.concatenate([[0], np.flatnonzero(np.diff(folders)) + 1])
        place = int(np.searchsorted(firsts, row, side="right")) - 1 + direction
        return int(firsts[place]) if len(folders) and 0 <= place < len(firsts) else None

    def __contains__(self, path: object) -> bool:
        return path in self._indexes

    def clear(self) -> None:
        """Remove all images and filters, keeping the order."""
        self.image_filter = ImageFilter(order=self.image_filter.order)
        self.beginResetModel()
        self.table = ImageTable()
        self._paths, self._indexes, self._rows = [], {}, np.empty(0, np.int64)
        self._folders, self._folder_numbers = [], {}
        self.endResetModel()

    def add(self, paths: Sequence[Path]) -> None:
        """Append images; with another order, `arrange` moves them to their places later."""
        before = self.total
        self._take([path for path in paths if path not in self._indexes])
        matching = self.table.arranged(self.image_filter, before)
        if len(matching):
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(matching) - 1)
            self._rows = np.concatenate([self._rows, matching])
            self.endInsertRows()

    def remove(self, paths: Sequence[Path]) -> None:
        """Remove images, keeping the data of the others."""
        gone = [self._indexes[path] for path in paths if path in self._indexes]
        kept = np.ones(self.total, bool)
        kept[gone] = False
        stay = kept.tolist()
        self.beginResetModel()
        self.table.keep(kept)
        self._paths = list(compress(self._paths, stay))
        self._folders = list(compress(self._folders, stay))
        self._indexes = {path: index for index, path in enumerate(self._paths)}
        self._rows = (np.cumsum(kept) - 1)[self._rows[kept[self._rows]]]
        self.endResetModel()

    def set_classes(
        self, classes: Sequence[str], further_names: Sequence[str] = (), *, has_places: bool = False
    ) -> None:
        """Set the classes of another model and discard predictions.

        Args:
            classes: names of the classes.
            further_names: further names by which folders may be called.
            has_places: whether the model is a detector or segmenter, for which folders are no labels.
        """
        self._classes = tuple(classes)
        self._labels = FolderLabels(()) if has_places else FolderLabels(classes, further_names)
        self.table.forget_predictions()
        labels = self._labels_of([folder.name for folder in self._folder_numbers])
        self.table.relabel(np.asarray(labels, np.int32)[self._folders])
        self.table_changed.emit()

    def predict(self, predictions: Sequence[Prediction]) -> None:
        """Store predictions."""
        for prediction in predictions:
            index = self._indexes.get(prediction.path)
            if index is not None:
                self.table.predict(
                    index,
                    prediction.class_index,
                    prediction.probability,
                    prediction.found,
                    prediction.text,
                )
        self.table_changed.emit()

    def set_mark(self, paths: Sequence[Path], mark: Mark | None) -> None:
        """Mark images, or remove their marks."""
        if self.marks is not None:
            self.marks.set_mark(paths, mark)
        for path in paths:
            index = self._indexes.get(path)
            if index is not None:
                self.table.mark(index, NO_MARK if mark is None else mark)
        self.table_changed.emit()

    def set_differences(self, found: Mapping[Path, float]) -> None:
        """Store differences of two models, by image."""
        for path, difference in found.items():
            index = self._indexes.get(path)
            if index is not None:
                self.table.differ(index, difference)
        self.table_changed.emit()

    def unpredicted(self) -> list[Path]:
        """Return the images without a prediction, in the order found."""
        return [self._paths[index] for index in np.flatnonzero(self.table.predicted == UNKNOWN)]

    def marked(self) -> list[MarkedImage]:
        """Return the marked images, in the order found, with what is known of them."""
        found, names = [], self._classes
        for index in np.flatnonzero(self.table.marks != NO_MARK):
            label, predicted = int(self.table.labels[index]), int(self.table.predicted[index])
            found.append(
                MarkedImage(
                    self._paths[index],
                    Mark(int(self.table.marks[index])),
                    names[label] if 0 <= label < len(names) else "",
                    names[predicted] if 0 <= predicted < len(names) else "",
                    float(self.table.probabilities[index]),
                )
            )
        return found

    def set_filter(self, image_filter: ImageFilter) -> None:
        """Set filter and order."""
        if image_filter != self.image_filter:
            self.image_filter = image_filter
            self.arrange()

    def arrange(self) -> None:
        """Apply filter and order again with the current data."""
        rows = self.table.arranged(self.image_filter)
        if not np.array_equal(rows, self._rows):
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def _take(self, paths: Sequence[Path]) -> None:
        parents = [path.parent for path in paths]
        names = [parent.name for parent in parents]
        texts = [f"{name}/{path.name}".casefold() for name, path in zip(names, paths, strict=True)]
        marks = [self.marks.of(path) for path in paths] if self.marks else None
        self.table.add(texts, self._labels_of(names), marks)
        numbers = self._folder_numbers
        self._folders += [numbers.setdefault(parent, len(numbers)) for parent in parents]
        self._indexes |= {path: index for index, path in enumerate(paths, start=self.total)}
        self._paths += paths

    def _labels_of(self, folders: Sequence[str]) -> list[int]:
        labels = (self._labels.of_folder(folder) for folder in folders)
        return [UNKNOWN if label is None else label for label in labels]

    def _mark(self, row: int) -> Mark | None:
        mark = int(self.table.marks[int(self._rows[row])])
        return None if mark == NO_MARK else Mark(mark)

    def _found_words(self, found: Found) -> str:
        """Return what a detector or segmenter found as text: `2 × face, hand`."""
        if not found:
            return self.tr("nothing found")
        return ", ".join(
            self._classes[index] if count == 1 else f"{number(count)} × {self._classes[index]}"
            for index, count in found
        )

    def _badge(self, index: int) -> Badge | None:
        predicted, label = int(self.table.predicted[index]), int(self.table.labels[index])
        found, text = self.table.found(index), self.table.text(index)
        if text is not None:
            return Badge(text or self.tr("nothing read"), None)
        if found is not None:
            return Badge(self._found_words(found), None)
        if predicted == UNKNOWN or predicted >= len(self._classes) or not self.has_badges:
            return None
        if self.shows_answers:
            answer = number(float(self.table.probabilities[index]), 2)
            alone = len(self._classes) == 1
            return Badge(answer if alone else f"{answer} {self._classes[predicted]}", None)
        if label == UNKNOWN:
            return Badge(self._classes[predicted], None)
        return Badge(self._classes[predicted], label == predicted, self._classes[label])
