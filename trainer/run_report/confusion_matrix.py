"""Per-class accuracies and confusions over the held-out images."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whylight.common.atomic_file import write_text

from ..data.split import Split
from ..loop.predictions import Predictions

CLASSES = "classes.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRecord:
    """Accuracy of one class: a row of `classes.csv`."""

    name: str
    training: int
    """Number of training images."""
    held_out: int
    """Number of held-out images."""
    right: int
    """Number of correctly classified held-out images."""

    @property
    def accuracy(self) -> float | None:
        """Fraction of held-out images classified correctly; None without such images."""
        return self.right / self.held_out if self.held_out else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """One class predicted as another."""

    truth: str
    said: str
    count: int
    """Held-out images of `truth` predicted as `said`."""
    held_out: int
    """Held-out images of `truth`."""


def confusion_matrix(predictions: Predictions, class_count: int) -> NDArray[np.int64]:
    """Count held-out images by true class (rows) and prediction (columns), `[K, K]`."""
    matrix = np.zeros((class_count, class_count), np.int64)
    np.add.at(matrix, (predictions.labels, predictions.predicted), 1)
    return matrix


def class_records(split: Split, predictions: Predictions) -> list[ClassRecord]:
    """Return one record per class, in label order."""
    training = Counter(label for _, label in split.train)
    held_out = Counter(predictions.labels.tolist())
    right = Counter(predictions.labels[predictions.right].tolist())
    return [
        ClassRecord(name=name, training=training[label], held_out=held_out[label], right=right[label])
        for label, name in enumerate(split.classes)
    ]


def frequent_confusions(split: Split, predictions: Predictions) -> list[Confusion]:
    """List all confusions, most frequent first; ties by fraction of the class."""
    matrix = confusion_matrix(predictions, len(split.classes))
    held_out = matrix.sum(axis=1)
    found = [
        Confusion(
            truth=split.classes[truth],
            said=split.classes[said],
            count=int(matrix[truth, said]),
            held_out=int(held_out[truth]),
        )
        for truth, said in np.argwhere(matrix).tolist()
        if truth != said
    ]
    return sorted(found, key=lambda one: (-one.count, one.held_out))


def write_classes(folder: Path, records: Sequence[ClassRecord]) -> None:
    """Write `folder/classes.csv`; without held-out images, the accuracy is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["class", "training", "held_out", "right", "accuracy"])
    for record in records:
        accuracy = "" if record.accuracy is None else f"{record.accuracy:.6g}"
        writer.writerow([record.name, record.training, record.held_out, record.right, accuracy])
    write_text(folder / CLASSES, text.getvalue())
