"""Predictions for the held-out images: `predictions.csv` of a run folder."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whylight.common.atomic_file import write_text
from whylight.errors import TrainingError

from ..data.split import Split

PREDICTIONS = "predictions.csv"
_COLUMNS = ("picture", "class", "said", "probability", "loss")


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Predictions of a network for n images, in order."""

    labels: NDArray[np.int64]
    """`[n]`: the true classes."""
    predicted: NDArray[np.int64]
    """`[n]`: the most likely classes."""
    probabilities: NDArray[np.float32]
    """`[n]`: probabilities of the most likely classes."""
    losses: NDArray[np.float32]
    """`[n]`: cross-entropies in nats."""

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each prediction is correct, `[n]`."""
        return np.asarray(self.predicted == self.labels)


def write_predictions(folder: Path, split: Split, predictions: Predictions) -> None:
    """Write `folder/predictions.csv`, one row per held-out image in `split`'s order."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for (path, label), said, probability, loss in zip(
        split.test, predictions.predicted, predictions.probabilities, predictions.losses, strict=True
    ):
        writer.writerow(
            [path, split.classes[label], split.classes[said], f"{probability:.6g}", f"{loss:.6g}"]
        )
    write_text(folder / PREDICTIONS, text.getvalue())


def read_predictions(folder: Path, split: Split) -> Predictions:
    """Read `folder/predictions.csv`.

    Raises `TrainingError` if the file is invalid or belongs to another split.
    """
    file = folder / PREDICTIONS
    label_of = {name: label for label, name in enumerate(split.classes)}
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        found = tuple((row["picture"], label_of[row["class"]]) for row in rows)
        predictions = Predictions(
            labels=np.array([label for _, label in found], np.int64),
            predicted=np.array([label_of[row["said"]] for row in rows], np.int64),
            probabilities=np.array([float(row["probability"]) for row in rows], np.float32),
            losses=np.array([float(row["loss"]) for row in rows], np.float32),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError("cannot read {file}: {reason}", file=file, reason=repr(error)) from error
    if found != split.test:
        raise TrainingError(
            "{file} is not of the held-out images in {split}: remove it",
            file=file,
            split=folder / "split.json",
        )
    return predictions
