"""Marks of images: stored, written as a table, or as copies in folders."""

from __future__ import annotations

import csv
import io
import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from PySide6.QtCore import QCoreApplication

log = logging.getLogger(__name__)

FILE = "marks.json"
"""Name of the file of marks in the data folder."""


class Mark(IntEnum):
    """Marks of images; 0 is none."""

    RIGHT = 1
    WRONG_LABEL = 2
    INTERESTING = 3

    @property
    def key(self) -> str:
        """The mark's name in files and folders."""
        return self.name.lower().replace("_", "-")

    @property
    def words(self) -> str:
        """The mark's name in the window's language."""
        return {
            Mark.RIGHT: QCoreApplication.translate("Marks", "right"),
            Mark.WRONG_LABEL: QCoreApplication.translate("Marks", "wrong label"),
            Mark.INTERESTING: QCoreApplication.translate("Marks", "interesting"),
        }[self]

    @property
    def sign(self) -> str:
        """The sign on the image's tile."""
        return {Mark.RIGHT: "✓", Mark.WRONG_LABEL: "!", Mark.INTERESTING: "★"}[self]


ANY_MARK = -1
"""In a filter: images with any mark."""

NO_MARK = 0


class Marks:
    """Marks by absolute path, in a file that is replaced as a whole.

    A file that cannot be read is kept beside the new one.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._marks: dict[Path, Mark] = {}
        self._is_unreadable = False
        self._changed = False
        self._read()

    def __len__(self) -> int:
        return len(self._marks)

    def of(self, path: Path) -> int:
        """Return an image's mark, or `NO_MARK`."""
        return self._marks.get(path, NO_MARK)

    def set_mark(self, paths: Sequence[Path], mark: Mark | None) -> None:
        """Mark images, or remove their marks."""
        for path in paths:
            if mark is None:
                self._marks.pop(path, None)
            else:
                self._marks[path] = mark
        self._changed = True

    def save(self) -> None:
        """Write the marks, if any has changed; raises `OSError`."""
        from whylight.common.atomic_file import write_text

        if not self._changed:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        if self._is_unreadable:
            self.file.rename(free_name(self.file.with_name(f"{self.file.stem}.unreadable{self.file.suffix}")))
            self._is_unreadable = False
        texts = {str(path): mark.key for path, mark in self._marks.items()}
        write_text(self.file, json.dumps(texts, indent=0, ensure_ascii=True))
        self._changed = False

    def _read(self) -> None:
        known = {mark.key: mark for mark in Mark}
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
            self._marks = {Path(path): known[key] for path, key in found.items()}
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            log.warning("%s: the marks cannot be read: %s", self.file, error)
            self._is_unreadable = True


@dataclass(frozen=True, slots=True)
class MarkedImage:
    """A marked image, as it is exported."""

    path: Path
    mark: Mark
    label: str = ""
    """Class of its folder, if it is named after one."""
    predicted: str = ""
    """Predicted class, if it is known."""
    probability: float = 0.0


def marks_as_csv(images: Sequence[MarkedImage], folder: Path) -> str:
    """Return a table of marked images, with paths relative to `folder` below it."""
    from whylight.collection.table import plain_cell

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["file", "mark", "label", "predicted", "probability"])
    for image in images:
        near = image.path.is_relative_to(folder)
        path = image.path.relative_to(folder) if near else image.path
        probability = f"{image.probability:.4f}" if image.predicted else ""
        texts = (path.as_posix(), image.mark.key, image.label, image.predicted)
        writer.writerow([*map(plain_cell, texts), probability])
    return stream.getvalue()


def copy_in_folders(images: Sequence[MarkedImage], folder: Path) -> Iterator[int]:
    """Copy images to `folder/MARK/`, yielding their number so far; raises `OSError`.

    Nothing is overwritten: a file of a taken name gets a number.
    """
    for count, image in enumerate(images, start=1):
        place = folder / image.mark.key
        place.mkdir(parents=True, exist_ok=True)
        with image.path.open("rb") as source:
            copy = _new_file(place / image.path.name)
            try:
                with copy.open("r+b") as target:
                    shutil.copyfileobj(source, target)
            except OSError:  # a full disk, for instance: no half image stays
                copy.unlink(missing_ok=True)
                raise
        yield count


def free_name(path: Path) -> Path:
    """Return `path`, or the first of `NAME (2)`, `NAME (3)`, ... that is not taken."""
    number, found = 2, path
    while found.exists():
        found = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    return found


def _new_file(path: Path) -> Path:
    """Create an empty file of a name that is not taken, even if others write there."""
    while True:
        found = free_name(path)
        try:
            found.touch(exist_ok=False)
        except FileExistsError:
            continue
        return found
