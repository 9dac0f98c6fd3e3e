from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trainer.data.split import Split
from trainer.loop.predictions import Predictions, read_predictions, write_predictions
from trainer.run_report.confusion_matrix import (
    class_records,
    confusion_matrix,
    frequent_confusions,
    write_classes,
)
from whylight.errors import TrainingError

NAMES = ("kæt, large", "dog", "<emu>", "yak")


@pytest.fixture
def split() -> Split:
    """Three held-out cats, two dogs, one emu; a yak that is only trained on."""
    test = [("0/a", 0), ("0/b", 0), ("0/c", 0), ("1/a", 1), ("1/b", 1), ("2/a", 2)]
    train = [("0/d", 0), ("1/d", 1), ("2/d", 2), ("3/a", 3), ("3/b", 3)]
    return Split(data_set="zoo", seed=42, classes=NAMES, train=tuple(train), test=tuple(test))


@pytest.fixture
def predictions() -> Predictions:
    """Two cats taken for yaks, a dog for a cat."""
    return Predictions(
        labels=np.array([0, 0, 0, 1, 1, 2]),
        predicted=np.array([0, 3, 3, 1, 0, 2]),
        probabilities=np.array([0.5, 0.25, 0.75, 1, 0.5, 0.125], np.float32),
        losses=np.array([0.5, 2, 3, 0, 1, 2], np.float32),
    )


def test_the_matrix_counts_classes_in_rows(predictions: Predictions) -> None:
    assert confusion_matrix(predictions, 4).tolist() == [
        [1, 0, 0, 2],
        [1, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 0],
    ]


def test_every_class_has_a_row(split: Split, predictions: Predictions, tmp_path: Path) -> None:
    write_classes(tmp_path, class_records(split, predictions))
    assert (tmp_path / "classes.csv").read_text(encoding="utf-8").splitlines() == [
        "class,training,held_out,right,accuracy",
        '"kæt, large",1,3,1,0.333333',
        "dog,1,2,1,0.5",
        "<emu>,1,1,1,1",
        "yak,2,0,0,",
    ]


def test_confusions_are_ordered_by_their_number(split: Split, predictions: Predictions) -> None:
    found = [(c.truth, c.said, c.count, c.held_out) for c in frequent_confusions(split, predictions)]
    assert found == [("kæt, large", "yak", 2, 3), ("dog", "kæt, large", 1, 2)]


def test_predictions_survive_their_file(split: Split, predictions: Predictions, tmp_path: Path) -> None:
    write_predictions(tmp_path, split, predictions)
    found = read_predictions(tmp_path, split)
    for name in ("labels", "predicted", "probabilities", "losses"):
        np.testing.assert_array_equal(getattr(found, name), getattr(predictions, name))


def test_predictions_of_something_else_are_refused(
    split: Split, predictions: Predictions, tmp_path: Path
) -> None:
    write_predictions(tmp_path, split, predictions)
    file = tmp_path / "predictions.csv"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace("1/b", "1/z"), encoding="utf-8")
    with pytest.raises(TrainingError, match=r"predictions\.csv is not of the held-out images"):
        read_predictions(tmp_path, split)
    file.write_text(whole.replace("yak", "gnu"), encoding="utf-8")
    with pytest.raises(TrainingError, match=r"cannot read .*predictions\.csv"):
        read_predictions(tmp_path, split)
