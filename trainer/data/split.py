"""Training and held-out parts of a data set (80/20), stored as `split.json`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Subset, random_split

from whylight.common.atomic_file import write_text
from whylight.errors import TrainingError

from .image_set import ImageDataset

TRAIN_PART = 0.8
VALIDATION_PART = 0.1
"""Fraction of the training part."""
SPLIT_SEED = 42
"""The report's seed. It does not depend on --seed, so that all runs share one split."""

Sample = tuple[str, int]
"""Relative POSIX path and label of an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Both parts of a data set, by file name."""

    data_set: str
    """Name of the data set."""
    seed: int
    """Seed of the draw."""
    classes: tuple[str, ...]
    """Class names in label order."""
    train: tuple[Sample, ...]
    """The training part, in the order drawn."""
    test: tuple[Sample, ...]
    """The held-out part, in the order drawn."""

    @property
    def sha256(self) -> str:
        """SHA-256 over all fields."""
        return hashlib.sha256(json.dumps(self._content(), sort_keys=True).encode()).hexdigest()

    def validation_split(self) -> Split:
        """Split the training part: its last tenth is held out instead of the test part.

        The training part is already in random order. Raises `TrainingError` if it is too small.
        """
        kept = int((1 - VALIDATION_PART) * len(self.train))
        if not 0 < kept < len(self.train):
            raise TrainingError(
                "{count} training images are too few to hold a tenth out", count=len(self.train)
            )
        return replace(self, train=self.train[:kept], test=self.train[kept:])

    def with_at_most(self, per_class: int) -> Split:
        """Return the split with the first `per_class` training images of each class."""
        left = dict.fromkeys(range(len(self.classes)), per_class)
        kept = []
        for path, label in self.train:
            if left[label]:
                left[label] -= 1
                kept.append((path, label))
        return replace(self, train=tuple(kept))

    @property
    def classes_not_in_train(self) -> list[int]:
        """Labels that occur in the held-out part only."""
        return sorted({label for _, label in self.test} - {label for _, label in self.train})

    @property
    def classes_not_in_test(self) -> list[int]:
        """Labels that occur in the training part only."""
        return sorted({label for _, label in self.train} - {label for _, label in self.test})

    def with_every_class_trained(self) -> Split:
        """Move the first held-out image of each untrained class to the training part.

        Raises `TrainingError` if no held-out image would remain.
        """
        moved = [
            next(sample for sample in self.test if sample[1] == label) for label in self.classes_not_in_train
        ]
        test = tuple(sample for sample in self.test if sample not in moved)
        if not test:
            count = len(self.train) + len(self.test)
            raise TrainingError(
                "{count} images in {classes} classes are too few to hold some out",
                count=count,
                classes=len(self.classes),
            )
        # In front, since `validation_split` holds out the end.
        return replace(self, train=(*moved, *self.train), test=test)

    def _content(self) -> dict[str, Any]:
        return {
            "data_set": self.data_set,
            "seed": self.seed,
            "classes": list(self.classes),
            "train": [list(sample) for sample in self.train],
            "test": [list(sample) for sample in self.test],
        }

    def save(self, path: Path) -> None:
        """Write to `path` as JSON, with the hash."""
        write_text(path, json.dumps(self._content() | {"sha256": self.sha256}, indent=1))

    @classmethod
    def load(cls, path: Path) -> Split:
        """Read `path`; raises `TrainingError` if it is missing, invalid or was modified."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            split = cls(
                data_set=found["data_set"],
                seed=found["seed"],
                classes=tuple(found["classes"]),
                train=tuple((str(p), int(y)) for p, y in found["train"]),
                test=tuple((str(p), int(y)) for p, y in found["test"]),
            )
            expected = found["sha256"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                "cannot read the split {path}: {reason}", path=path, reason=repr(error)
            ) from error
        if split.sha256 != expected:
            raise TrainingError(
                "{path} does not match its own SHA-256: it was changed after it was drawn", path=path
            )
        return split


def draw_split(images: ImageDataset, seed: int = SPLIT_SEED) -> Split:
    """Draw the report's split: `random_split` into 80 % (rounded down) and 20 %."""
    samples = list(zip(images.paths, images.labels, strict=True))
    train_count = int(TRAIN_PART * len(samples))
    if not 0 < train_count < len(samples):
        raise TrainingError("{count} images are too few to split: expected 2 or more", count=len(samples))
    parts: list[Subset[int]] = random_split(
        range(len(samples)),  # type: ignore[arg-type]  # any sequence will do, not only a Dataset
        [train_count, len(samples) - train_count],
        generator=torch.Generator().manual_seed(seed),
    )
    train, test = parts
    return Split(
        data_set=images.name,
        seed=seed,
        classes=images.classes,
        train=tuple(samples[i] for i in train.indices),
        test=tuple(samples[i] for i in test.indices),
    )
