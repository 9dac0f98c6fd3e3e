"""Progress and result of a report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from whylight.errors import Message


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
    path: Path
    """The image just done."""
    failed: int
    """Images and folders so far that could not be explained."""
    measuring: bool = False
    """Whether it was only looked at, for the folder's scale; `done` then begins anew for the drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Number of images explained, and failures."""

    explained: int
    total: int
    """Images found, explained or not."""
    failures: tuple[Failure, ...]
    cancelled: bool
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Tally):
    """Files written, and counts."""

    index: Path
    """The first page."""
    table: Path
    """The predictions, CSV."""
