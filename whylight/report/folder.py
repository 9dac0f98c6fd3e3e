"""Choose a report's folder so that files of others are never replaced."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path

from whylight.collection.lock import locked
from whylight.common.atomic_file import remove_parts_below
from whylight.images.files import REPORT_MARKER, REPORT_PAGE

GENERATOR = '<meta name="generator" content="Whylight">'
"""What the head of a report's page holds."""

WORK = ".whylight-work"
"""The folder of the results as they are made, in the report's folder."""

_HEAD_BYTES = 2048
_MARK = "This folder holds a report by Whylight. A new report written to it replaces the old one.\n"


def report_folder(asked: str | os.PathLike[str]) -> Path:
    """Return the folder to which a report for the folder `asked` is written.

    It is `asked` itself if that is new, empty, or holds an earlier report, which is replaced; else a new
    folder inside it, `Whylight report 2026-11-26`, so that only files written by Whylight are ever replaced.

    Raises:
        OSError: the folder cannot be listed.
    """
    folder = Path(asked)
    if not folder.is_dir() or not any(folder.iterdir()) or holds_report(folder):
        return folder
    return new_report_folder(folder)


def new_report_folder(parent: Path) -> Path:
    """Return the path of a new folder in `parent` for a report, named by the date."""
    name = f"Whylight report {date.today().isoformat()}"
    for number in count(1):
        folder = parent / (name if number == 1 else f"{name} ({number})")
        if not os.path.lexists(folder):
            return folder
    raise AssertionError("there is always a number more")


def holds_report(folder: Path) -> bool:
    """Return whether a folder holds a report by Whylight, finished or not.

    Raises:
        OSError: the page cannot be read.
    """
    if not (folder / REPORT_MARKER).is_file():
        return False
    try:
        with (folder / REPORT_PAGE).open("rb") as page:
            return GENERATOR.encode() in page.read(_HEAD_BYTES)
    except FileNotFoundError:  # stopped before its end
        return True


@contextmanager
def begun_report(folder: Path) -> Iterator[Path]:
    """Context manager that locks a report's folder and yields that of its results.

    The folder is made and marked, and files that killed runs left are removed.

    Raises:
        OSError: it cannot be made or written.
        LockedError: another run is writing to it.
    """
    own = holds_report(folder)
    folder.mkdir(parents=True, exist_ok=True)
    work = folder / WORK
    work.mkdir(exist_ok=True)
    with locked(work, folder):
        if own:  # all below is Whylight's own, and no other run is writing
            remove_parts_below(folder)
        _mark(folder)
        yield work


def _mark(folder: Path) -> None:
    (folder / REPORT_MARKER).write_text(_MARK, encoding="utf-8")
