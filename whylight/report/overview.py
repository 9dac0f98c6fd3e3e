"""Counts over a report's images: classes, mistakes, confusions, confidence."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

CONFIDENCE_BINS = 20
"""Bars of the distribution of the most likely class's answer, over 0..1."""

NO_LABEL = -1
NOTHING = -1
"""Stands for the class of an image in which a detector found nothing."""


class Overview:
    """Counts over images as they are added; 24 bytes of memory an image.

    Args:
        class_count: K, the number of classes.
    """

    def __init__(self, class_count: int) -> None:
        self.explained = 0
        self.predicted = np.zeros(class_count, np.int64)
        """Images of which each class is the most likely, `[K]`."""
        self.labelled = np.zeros(class_count, np.int64)
        """Images in folders named after each class, `[K]`."""
        self.right = np.zeros(class_count, np.int64)
        """Those of them that are predicted as this class, `[K]`."""
        self.taken = np.zeros(class_count, np.int64)
        """Images with any label that are predicted as each class, `[K]`."""
        self.confusions: Counter[tuple[int, int]] = Counter()
        """Mistakes by label and prediction."""
        self.histogram = np.zeros((2, CONFIDENCE_BINS), np.int64)
        """Distribution of the most likely class's answer: of mistakes in the second row."""
        self.boxes = np.zeros(class_count, np.int64)
        """Boxes of each class that a detector found, `[K]`."""
        self.holding = np.zeros(class_count, np.int64)
        """Images in which a detector found each class, `[K]`."""
        self.empty = 0
        """Images in which a detector found nothing."""
        self._found_ends, self._found = array("q"), array("i")
        self._positions = array("q")
        self._lengths = array("i")
        self._labels = array("i")
        self._classes = array("i")

    def add(self, position: int, length: int, record: Mapping[str, Any]) -> None:
        """Add an explained image.

        Args:
            position: where its record is kept.
            length: bytes of its HTML.
            record: its record.
        """
        self._positions.append(position)
        self._lengths.append(length)
        if "boxes" in record:
            self._add_boxes(record["boxes"])
            return
        first = record["classes"][0]
        predicted, answer = first["index"], first["probability"]
        label = record.get("label_index")
        self.explained += 1
        self.predicted[predicted] += 1
        mistake = label is not None and label != predicted
        if label is not None:
            self.labelled[label] += 1
            self.taken[predicted] += 1
            if mistake:
                self.confusions[label, predicted] += 1
            else:
                self.right[label] += 1
        self.histogram[int(mistake), _bin(answer)] += 1
        self._labels.append(NO_LABEL if label is None else label)
        self._classes.append(predicted)

    def _add_boxes(self, boxes: Sequence[Mapping[str, Any]]) -> None:
        """Add what a detector found in an image."""
        self.explained += 1
        self.empty += not boxes
        for box in boxes:
            self.boxes[box["index"]] += 1
            self.histogram[0, _bin(box["score"])] += 1
        classes = dict.fromkeys(box["index"] for box in boxes)
        for index in classes:
            self.holding[index] += 1
        self._found.extend(classes or [NOTHING])
        self._found_ends.append(len(self._found))
        self._labels.append(NO_LABEL)
        self._classes.append(next(iter(classes), NOTHING))

    def _found_in(self, image: int) -> tuple[int, ...]:
        """Return the classes found in an image, by its number in the order added."""
        begin = self._found_ends[image - 1] if image else 0
        return tuple(self._found[begin : self._found_ends[image]])

    @property
    def labels(self) -> int:
        """Number of images whose folder is named after a class."""
        return int(self.labelled.sum())

    @property
    def mistakes(self) -> int:
        """Number of labelled images that are predicted as another class."""
        return self.confusions.total()

    def ordered(self) -> Sequence[PageEntry]:
        """Return the images in the order of the pages.

        Mistakes come first, by label and prediction; the others stay in the order in which they were found.
        """
        labels, classes = np.array(self._labels, np.int32), np.array(self._classes, np.int32)
        is_mistake = (labels != NO_LABEL) & (labels != classes)
        mistakes = np.flatnonzero(is_mistake)
        mistakes = mistakes[np.lexsort((classes[mistakes], labels[mistakes]))]
        order = np.concatenate([mistakes, np.flatnonzero(~is_mistake)])
        shown = np.where(labels == NO_LABEL, classes, labels)
        return PageEntries(
            np.array(self._positions, np.int64)[order],
            np.array(self._lengths, np.int64)[order],
            [self._found_in(image) for image in order] if self._found else shown[order],
            is_mistake[order],
        )


def _bin(answer: float) -> int:
    return min(max(int(answer * CONFIDENCE_BINS), 0), CONFIDENCE_BINS - 1)


PageEntry = tuple[int, int, tuple[int, ...], bool]
"""Position, bytes of HTML, classes to filter by, and whether it is a mistake."""


class PageEntries(Sequence[PageEntry]):
    """Images in the order of the pages, as columns."""

    def __init__(
        self,
        positions: NDArray[np.int64],
        lengths: NDArray[np.int64],
        classes: NDArray[np.int32] | Sequence[tuple[int, ...]],
        mistakes: NDArray[np.bool_],
    ) -> None:
        self._positions, self._lengths, self._classes, self._mistakes = positions, lengths, classes, mistakes

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, index: Any) -> Any:
        """Return an image's entry."""
        return (
            int(self._positions[index]),
            int(self._lengths[index]),
            self._classes_of(index),
            bool(self._mistakes[index]),
        )

    def _classes_of(self, index: int) -> tuple[int, ...]:
        found = self._classes[index]
        return found if isinstance(found, tuple) else (int(found),)
