"""Prepare a data set for training: list, decode, clean, split and measure it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from whylight.errors import TrainingError

from .config import Settings
from .data.batches import DatasetSlice
from .data.cache import ImageCache, open_caches
from .data.data_issues import DATA, DataIssue, summary
from .data.datasets import DATA_SETS
from .data.duplicates import equal_files, redundant_copies, split_leaks
from .data.image_set import ImageDataset
from .data.split import Split, draw_split
from .data.statistics import Statistics, image_statistics
from .models.backbones import backbone_statistics
from .progress.event import OnProgress, ProgressEvent

FEWEST_OF_A_CLASS = 2
"""One image for training, one for evaluation."""


@dataclass(frozen=True, slots=True)
class RunData:
    """The data of one run."""

    images: ImageDataset
    """The data set without the excluded images."""
    split: Split
    statistics: Statistics
    parts: dict[int, tuple[DatasetSlice, DatasetSlice]]
    """Training part, and the part measured after each epoch, for each training image size."""
    held_out: DatasetSlice
    """The part measured at the end."""
    train: DatasetSlice
    """The training part at the size of use."""
    findings: tuple[DataIssue, ...]
    """Excluded images and other issues of the data set."""


def open_data(settings: Settings, tell: Callable[[str], None], on_progress: OnProgress) -> RunData:
    """List, decode, clean and split the data set.

    A summary of the issues found is passed to `tell`. Raises `TrainingError` if the remaining images are not
    enough to train on.
    """
    images = DATA_SETS[settings.dataset](settings.data, on_progress)
    recipe = settings.recipe_used
    # Recipes with random crops train on larger cached images and are evaluated at the final size.
    places = {
        size: (recipe.cached_size(size), settings.size if recipe.augmentation else size)
        for size in settings.sizes.sizes
    }
    cached = tuple(dict.fromkeys([size for pair in places.values() for size in pair]))
    # Decode once; then exclude unreadable files and duplicates.
    caches = open_caches(images, cached, settings.folder.parent / "cache", settings.workers, on_progress)
    findings = list(images.findings)
    images, found = _readable(images, caches[cached[0]])
    findings += found
    copies = equal_files(images, on_progress)
    if not images.published:
        images, found = _cleaned(images, copies)
        findings += found
    problem: TrainingError | None = None
    try:
        split, found = _split(images, settings.validate)
        measured = split.test
        if settings.early_stopping is not None:
            inner = split.validation_split()
            split, measured = replace(split, train=inner.train), inner.test
        if settings.per_class is not None:
            split = split.with_at_most(settings.per_class)
        findings += [*found, *split_leaks(split, copies)]
    except TrainingError as error:
        problem = error
    tell(f"{images.name}: {len(images.paths)} images in {len(images.classes)} classes")
    if findings and problem is None:
        tell(f"{len(findings)} issues were found; all are listed in {settings.folder / DATA}")
    for line in summary(findings):
        tell(line)
    if problem is not None:  # raised after the summary, which explains it
        raise problem
    parts = {
        size: (
            DatasetSlice.of(caches[train_size], split.train),
            DatasetSlice.of(caches[test_size], measured),
        )
        for size, (train_size, test_size) in places.items()
    }
    final = caches[settings.size]
    train = DatasetSlice.of(final, split.train)
    if recipe.is_finetuning:
        statistics = backbone_statistics(settings.backbone)
    else:
        statistics = _statistics(final, train, on_progress)
    held_out = parts[settings.sizes.final_size][1]
    if settings.early_stopping is not None:
        held_out = DatasetSlice.of(held_out.cache, split.test)
    return RunData(images, split, statistics, parts, held_out, train, tuple(findings))


def _readable(images: ImageDataset, cache: ImageCache) -> tuple[ImageDataset, list[DataIssue]]:
    """Exclude images that could not be decoded."""
    findings = [
        DataIssue("unreadable", path, reason.removeprefix(f"{images.root / path}: "))
        for path, reason in cache.unreadable.items()
    ]
    return images.drop(cache.unreadable), findings


def _cleaned(images: ImageDataset, copies: list[tuple[str, ...]]) -> tuple[ImageDataset, list[DataIssue]]:
    """Exclude duplicates, and then classes with too few images."""
    findings = list(redundant_copies(images, copies))
    images = images.drop([finding.what for finding in findings])
    counts = Counter(images.labels)
    small = [label for label in range(len(images.classes)) if counts[label] < FEWEST_OF_A_CLASS]
    for label in small:
        left = f"{counts[label]} image{'' if counts[label] == 1 else 's'} left"
        findings.append(DataIssue("small class", images.classes[label], left))
    return images.without_classes(small), findings


def _split(images: ImageDataset, validate: bool) -> tuple[Split, list[DataIssue]]:
    """Draw the split; unless the set is published, every class gets a training image."""
    if len(images.classes) < 2:
        raise TrainingError(
            "{classes_found} of the classes in {folder} can be used: expected two or more",
            classes_found=len(images.classes),
            folder=images.root,
        )
    split = draw_split(images)
    findings: dict[int, DataIssue] = {}

    def checked(split: Split) -> Split:
        done = "" if images.published else "one of them was moved to the training part"
        for label in split.classes_not_in_train:
            findings[label] = DataIssue("untrained", split.classes[label], done)
        return split if images.published else split.with_every_class_trained()

    split = checked(split)
    if validate:
        split = checked(split.validation_split())
    unmeasured = [DataIssue("unmeasured", split.classes[label]) for label in split.classes_not_in_test]
    return split, [*findings.values(), *unmeasured]


def _statistics(cache: ImageCache, train: DatasetSlice, on_progress: OnProgress) -> Statistics:
    def images() -> Iterator[NDArray[np.uint8]]:
        for done, row in enumerate(train.rows):
            on_progress(ProgressEvent("Measuring colours", done + 1, len(train)))
            yield cache.pixels[row]

    return image_statistics(images())
