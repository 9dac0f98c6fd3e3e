"""Columns of data about open images, with filtering and sorting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from whylight.common.natural_sort import natural_key

from .marks import ANY_MARK, NO_MARK

UNKNOWN = -1
"""Class index of images without a class."""
NOTHING = -2
"""Class index of images in which a detector or segmenter found nothing."""

Found = tuple[tuple[int, int], ...]
"""What was found in an image: class indexes and how many boxes of each, the best class first.

A segmenter's classes, the largest first, count once; those of a line of text as often as they were read."""


class Order(Enum):
    """Sort order of the images."""

    FOUND = "found"
    """In the order found, by folder."""
    NAME = "name"
    CLASS = "class"
    """By predicted class, the most probable first."""
    MOST_CERTAIN = "most-certain"
    LEAST_CERTAIN = "least-certain"
    DIFFERENCE = "difference"
    """Where two models differ most first."""

    @property
    def by_prediction(self) -> bool:
        """Whether predictions affect the order."""
        return self not in (Order.FOUND, Order.NAME)


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Filter and order of images."""

    words: tuple[str, ...] = ()
    """Words that the image's text must contain, in lower case."""
    predicted: int | None = None
    """Only images predicted as this class, or in which a detector found it; `NOTHING`: found nothing."""
    label: int | None = None
    """Only images whose folder is named after this class."""
    mistakes_only: bool = False
    """Only images whose prediction differs from their folder's class."""
    mark: int | None = None
    """Only images with this mark, `ANY_MARK` or `NO_MARK`."""
    order: Order = Order.FOUND

    @property
    def by_prediction(self) -> bool:
        """Whether predictions affect the filter or order."""
        return self.predicted is not None or self.mistakes_only or self.order.by_prediction


class ImageTable:
    """Columns of N images: searchable text, folder class, prediction, probability.

    Columns instead of objects, since a folder may contain 100,000 images and filtering them must take less
    than a frame.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._name_keys: list[str] = []
        self._name_ranks: NDArray[np.int64] | None = None
        self._labels = np.empty(0, np.int32)
        self._predicted = np.empty(0, np.int32)
        self._probabilities = np.empty(0, np.float32)
        self._marks = np.empty(0, np.int8)
        self._found: dict[int, Found] = {}
        self._read: dict[int, str] = {}
        """Text that was read in images of lines."""
        self._holding: dict[int, set[int]] = {}
        """Images in which each class was found, or `NOTHING`."""
        self._boxes: Counter[int] = Counter()
        """Boxes of each class."""
        self._differences = np.empty(0, np.float32)

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def labels(self) -> NDArray[np.int32]:
        """Class that each image's folder is named after, int32 `[N]`, or `UNKNOWN`."""
        return self._labels[: len(self)]

    @property
    def predicted(self) -> NDArray[np.int32]:
        """Predicted class of each image, int32 `[N]`, or `UNKNOWN`."""
        return self._predicted[: len(self)]

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Probability of the predicted class, float32 `[N]`; 0 if unknown."""
        return self._probabilities[: len(self)]

    @property
    def marks(self) -> NDArray[np.int8]:
        """Mark of each image, int8 `[N]`, or `NO_MARK`."""
        return self._marks[: len(self)]

    def found(self, index: int) -> Found | None:
        """Return what a detector found in an image; None if that is not known."""
        return self._found.get(index)

    def text(self, index: int) -> str | None:
        """Return the text that was read in an image; None if that is not known."""
        return self._read.get(index)

    def found_counts(self) -> dict[int, tuple[int, int]]:
        """Return the number of boxes and of images by found class; `NOTHING` has 0 boxes."""
        return {index: (self._boxes[index], len(images)) for index, images in self._holding.items() if images}

    def add(self, texts: Sequence[str], labels: Sequence[int], marks: Sequence[int] | None = None) -> None:
        """Append images without predictions, and without marks unless given."""
        first, end = len(self), len(self) + len(texts)
        if end > len(self._labels):
            room = max(1024, 2 * end)
            self._labels = np.resize(self._labels, room)
            self._predicted = np.resize(self._predicted, room)
            self._probabilities = np.resize(self._probabilities, room)
            self._marks = np.resize(self._marks, room)
            self._differences = np.resize(self._differences, room)
        self._texts += texts
        self._name_keys += [natural_key(text.rpartition("/")[2]) for text in texts]
        self._name_ranks = None
        self._labels[first:end] = labels
        self._predicted[first:end] = UNKNOWN
        self._probabilities[first:end] = 0
        self._marks[first:end] = NO_MARK if marks is None else marks
        self._differences[first:end] = np.nan

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Remove the images where `kept`, bool `[N]`, is false."""
        places, found, read = np.cumsum(kept) - 1, self._found, self._read
        self._forget_found()
        for index, boxes in found.items():
            if kept[index]:
                self._note_found(int(places[index]), boxes)
        self._read = {int(places[index]): text for index, text in read.items() if kept[index]}
        stay, count = kept.tolist(), int(kept.sum())
        columns = (self._labels, self._predicted, self._probabilities, self._marks, self._differences)
        for column in columns:
            column[:count] = column[: len(self)][kept]
        self._texts = list(compress(self._texts, stay))
        self._name_keys = list(compress(self._name_keys, stay))
        if self._name_ranks is not None:
            self._name_ranks = self._name_ranks[kept]  # with gaps, but in order

    def predict(
        self,
        index: int,
        class_index: int,
        probability: float,
        found: Found | None = None,
        text: str | None = None,
    ) -> None:
        """Store the prediction of an image; `UNKNOWN` removes it.

        `found` is what a detector or segmenter found, None for classifiers; `text` what was read of a line.
        """
        self._read.pop(index, None)
        if text is not None:
            self._read[index] = text
        before = self._found.pop(index, None)
        if before is not None:
            for class_before, count in before or ((NOTHING, 0),):
                self._holding[class_before].discard(index)
                self._boxes[class_before] -= count
        if found is not None:
            self._note_found(index, found)
        self._predicted[index] = class_index
        self._probabilities[index] = probability

    def mark(self, index: int, mark: int) -> None:
        """Store the mark of an image."""
        self._marks[index] = mark

    @property
    def differences(self) -> NDArray[np.float32]:
        """Difference of two models about each image, float32 `[N]`; NaN if unknown."""
        return self._differences[: len(self)]

    def differ(self, index: int, difference: float) -> None:
        """Store the difference of two models about an image."""
        self._differences[index] = difference

    def forget_differences(self) -> None:
        """Remove all differences."""
        self._differences[:] = np.nan

    def forget_predictions(self) -> None:
        """Remove all predictions."""
        self._forget_found()
        self._predicted[:] = UNKNOWN
        self._probabilities[:] = 0

    def _note_found(self, index: int, found: Found) -> None:
        self._found[index] = found
        for class_index, count in found or ((NOTHING, 0),):
            self._holding.setdefault(class_index, set()).add(index)
            self._boxes[class_index] += count

    def _forget_found(self) -> None:
        self._found, self._holding, self._boxes, self._read = {}, {}, Counter(), {}

    def relabel(self, labels: NDArray[np.int32]) -> None:
        """Replace the labels, int32 `[N]`, after a change of classes."""
        self._labels[: len(self)] = labels

    def arranged(self, image_filter: ImageFilter, first: int = 0) -> NDArray[np.int64]:
        """Return the filtered and sorted indices of the images from `first` on."""
        part = slice(first, len(self))
        labels, predicted = self.labels[part], self.predicted[part]
        kept = np.ones(len(labels), bool)
        texts = self._texts[part] if first and image_filter.words else self._texts
        for word in image_filter.words:
            has_word = np.array([word in text for text in texts], bool)
            read = [index - first for index, text in self._read.items() if word in text.casefold()]
            has_word[[index for index in read if index >= 0]] = True
            kept &= has_word
        if image_filter.predicted is not None:
            kept &= self._shows(image_filter.predicted)[part]
        if image_filter.label is not None:
            kept &= labels == image_filter.label
        if image_filter.mistakes_only:
            kept &= mistaken(labels, predicted)
        if image_filter.mark is not None:
            marks = self.marks[part]
            kept &= marks != NO_MARK if image_filter.mark == ANY_MARK else marks == image_filter.mark
        rows = np.flatnonzero(kept) + first
        return rows if image_filter.order is Order.FOUND else rows[self._order(rows, image_filter.order)]

    def _shows(self, class_index: int) -> NDArray[np.bool_]:
        """Mask of images predicted as a class, or with such a box, bool `[N]`."""
        if not self._found:
            return np.asarray(self.predicted == class_index)
        shows = np.zeros(len(self), np.bool_)
        shows[list(self._holding.get(class_index, ()))] = True
        return shows

    def _order(self, rows: NDArray[np.int64], order: Order) -> NDArray[np.int64]:
        """Return the permutation that sorts `rows`; images without prediction come last."""
        if order is Order.NAME:
            return np.argsort(self._ranks_by_name()[rows], kind="stable")
        if order is Order.DIFFERENCE:
            return np.argsort(-self._differences[rows], kind="stable")  # NaN comes last
        predicted, probabilities = self._predicted[rows], self._probabilities[rows]
        unknown = predicted < 0
        if order is Order.CLASS:
            return np.lexsort((-probabilities, predicted, unknown))
        return np.lexsort((probabilities if order is Order.LEAST_CERTAIN else -probabilities, unknown))

    def _ranks_by_name(self) -> NDArray[np.int64]:
        if self._name_ranks is None or len(self._name_ranks) != len(self):
            ranks = np.empty(len(self), np.int64)
            ranks[sorted(range(len(self)), key=self._name_keys.__getitem__)] = np.arange(len(self))
            self._name_ranks = ranks
        return self._name_ranks


def mistaken(labels: NDArray[np.int32], predicted: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Mask of images whose known prediction and folder class differ, bool `[N]`."""
    return np.asarray((labels != UNKNOWN) & (predicted != UNKNOWN) & (labels != predicted))


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionCounts:
    """Confusion matrix over images with known prediction and folder class."""

    actual: NDArray[np.int32]
    """Folder classes, int32 `[R]`, sorted."""
    predicted: NDArray[np.int32]
    """Predicted classes and folder classes, int32 `[P]`, sorted."""
    counts: NDArray[np.int64]
    """Number of images of `actual[r]` predicted as `predicted[p]`, int64 `[R, P]`."""

    @property
    def total(self) -> int:
        """Number of images counted."""
        return int(self.counts.sum())

    @property
    def right(self) -> int:
        """Number of correct predictions."""
        return int(self.counts[self.actual[:, None] == self.predicted[None]].sum())


def count_confusions(table: ImageTable) -> ConfusionCounts:
    """Count predicted images in folders named after a class."""
    counted = (table.labels != UNKNOWN) & (table.predicted != UNKNOWN)
    labels, predicted = table.labels[counted], table.predicted[counted]
    actual, rows = np.unique(labels, return_inverse=True)
    columns = np.union1d(actual, predicted).astype(np.int32)
    counts = np.zeros((len(actual), len(columns)), np.int64)
    np.add.at(counts, (rows, np.searchsorted(columns, predicted)), 1)
    return ConfusionCounts(actual, columns, counts)
