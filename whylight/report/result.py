"""Progress and result of a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from whylight.errors import Message

MOST_FAILURES = 1000
"""Failures that are kept with their reasons; a report's table has them all."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One image or folder that could not be explained."""

    path: Path
    reason: Message


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a report, sent after each image."""

    done: int
    total: int
    """Images found so far; all of them once `counted`."""
    path: Path
    """The image just done."""
    failed: int
    """Images and folders so far that could not be explained."""
    measuring: bool = False
    """Whether it was only looked at, for the folder's scale; `done` then begins anew for the drawing."""
    counted: bool = True
    """Whether the images are all found."""
    earlier: int = 0
    """How many of `done` an earlier run had explained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Number of images explained, and failures."""

    explained: int
    total: int
    """Images found, explained or not."""
    failures: tuple[Failure, ...]
    """The first `MOST_FAILURES` of those that could not be explained."""
    failed: int
    """Images and folders that could not be explained."""
    cancelled: bool
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Tally):
    """Files written, and counts."""

    index: Path
    """The first page."""
    table: Path
    """The predictions, CSV."""
    earlier: int
    """Images that an earlier run had explained."""


class Failures:
    """Failures, of which the first are kept and all are counted."""

    def __init__(self) -> None:
        self.first: list[Failure] = []
        self.count = 0

    def add(self, path: Path, reason: Message) -> None:
        """Add an image or folder that could not be explained."""
        self.count += 1
        if len(self.first) < MOST_FAILURES:
            self.first.append(Failure(Path(path), reason))
