"""Data set from a folder of class folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from whylight.errors import TrainingError
from whylight.images.files import IMAGE_SUFFIXES

from .data_issues import DataIssue
from .image_set import ImageDataset, collect


def open_folder(data: Path) -> ImageDataset:
    """Open a folder of class folders; classes are sorted by name.

    Each sub-folder with images is a class. Hidden files and folders are skipped; other exclusions are
    recorded in the set's findings. Raises `TrainingError` if fewer than two classes are found or a folder
    cannot be listed.
    """
    if not data.is_dir():
        raise TrainingError(
            "{data} is no folder: expected one with a sub-folder of images for each class", data=data
        )
    listing = _Listing(data)
    classes = listing.classes()
    return collect(data.resolve().name, data, classes, findings=listing.findings)


class _Listing:
    """Walk over the folder of the data set and its class folders."""

    def __init__(self, root: Path) -> None:
        self.findings: list[DataIssue] = []
        self._root = root
        # A link to one of these folders is a cycle.
        self._known = {_identity(folder): "." for folder in (root, *root.resolve().parents)}

    def classes(self) -> list[tuple[str, list[Path]]]:
        """Return the name and images of each class folder that has images."""
        found = []
        for entry, mode in self._entries(self._root):
            if not stat.S_ISDIR(mode):
                if self._is_image(entry, mode):
                    self._find("elsewhere", entry)
            elif (before := self._known.setdefault(_identity(Path(entry)), entry.name)) != entry.name:
                where = "a folder that holds it" if before == "." else f"'{before}'"
                self._find("link", entry, f"leads to {where}, which is read already")
            elif images := self._images(Path(entry)):
                found.append((entry.name, images))
            else:
                self._find("empty class", entry)
        return found

    def _images(self, folder: Path) -> list[Path]:
        found = []
        for entry, mode in self._entries(folder):
            if stat.S_ISDIR(mode):
                self._find("elsewhere", entry, "a folder within a class folder")
            elif self._is_image(entry, mode):
                found.append(Path(entry))
        return found

    def _is_image(self, entry: os.DirEntry[str], mode: int) -> bool:
        """Return whether to read `entry` as an image; record an issue if not."""
        if Path(entry).suffix.lower() not in IMAGE_SUFFIXES:
            self._find("no image", entry)
        elif not stat.S_ISREG(mode):
            self._find("no image", entry, "not a regular file")
        else:
            return True
        return False

    def _entries(self, folder: Path) -> Iterator[tuple[os.DirEntry[str], int]]:
        """Yield the entries of `folder` and their modes, sorted by code point.

        Links are followed; hidden and unreadable entries are skipped.
        """
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            raise TrainingError(
                "cannot list the folder {folder}: {reason}", folder=folder, reason=error.strerror or error
            ) from error
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if not _is_text(entry.name):
                self._find("name", entry, "is not UTF-8: rename it")
                continue
            try:
                mode = entry.stat().st_mode
            except OSError as error:  # a cyclic or dangling link
                self._find("link", entry, error.strerror or str(error))
            else:
                yield entry, mode

    def _find(self, kind: str, entry: os.DirEntry[str], reason: str = "") -> None:
        path = Path(entry).relative_to(self._root).as_posix()
        readable = path.encode("utf-8", "backslashreplace").decode()
        self.findings.append(DataIssue(kind, readable, reason))


def _identity(folder: Path) -> tuple[int, int] | str:
    """Return a key that identifies a folder regardless of the path used to reach it."""
    status = folder.stat()
    # Some file systems have no inode numbers, and no links either.
    return (status.st_dev, status.st_ino) if status.st_ino else str(folder.resolve())


def _is_text(name: str) -> bool:
    """Return whether a file name is valid UTF-8; Python uses surrogates otherwise."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
