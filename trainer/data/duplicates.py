"""Find identical files in a data set, and leaks between the parts of its split."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ..progress.event import OnProgress, ProgressEvent
from .data_issues import DataIssue
from .image_set import ImageDataset
from .split import Split


def equal_files(images: ImageDataset, on_progress: OnProgress) -> list[tuple[str, ...]]:
    """Group relative paths whose files have the same bytes, in data set order.

    Only files of equal length are read.
    """
    by_length: dict[int, list[str]] = defaultdict(list)
    for path in images.paths:
        by_length[(images.root / path).stat().st_size].append(path)
    candidates = [path for paths in by_length.values() if len(paths) > 1 for path in paths]
    by_bytes: dict[bytes, list[str]] = defaultdict(list)
    for done, path in enumerate(candidates, start=1):
        by_bytes[_digest(images.root / path)].append(path)
        on_progress(ProgressEvent("Looking for duplicates", done, len(candidates)))
    place = {path: number for number, path in enumerate(images.paths)}
    groups = (tuple(sorted(group, key=place.__getitem__)) for group in by_bytes.values() if len(group) > 1)
    return sorted(groups, key=lambda group: place[group[0]])


def _digest(file: Path) -> bytes:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def redundant_copies(images: ImageDataset, groups: list[tuple[str, ...]]) -> Iterator[DataIssue]:
    """Yield the files to exclude from training.

    These are all but the first file of a group; all files, if their classes differ.
    """
    label_of = dict(zip(images.paths, images.labels, strict=True))
    for group in groups:
        labels = sorted({label_of[path] for path in group})
        if len(labels) == 1:
            yield from (DataIssue("duplicate", path, f"is {group[0]}") for path in group[1:])
        else:
            names = ", ".join(images.classes[label] for label in labels)
            yield from (DataIssue("contradiction", path, f"is in {names}") for path in group)


def split_leaks(split: Split, groups: list[tuple[str, ...]]) -> Iterator[DataIssue]:
    """Yield held-out images whose file is identical to a training image."""
    trained, held_out = {path for path, _ in split.train}, {path for path, _ in split.test}
    for group in groups:
        if known := [path for path in group if path in trained]:
            yield from (DataIssue("leak", path, f"is {known[0]}") for path in group if path in held_out)
