"""Folders named after classes: which class an image's folder says it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_NUMBER_PREFIX = re.compile(r"^\d+\.")
"""Of Caltech-256: `002.american-flag`."""


def plain_name(name: str) -> str:
    """Return a class or folder name without number prefix, case and kind of word separator."""
    return re.sub(r"[-_\s]+", " ", _NUMBER_PREFIX.sub("", name)).strip().casefold()


class FolderLabels:
    """Finds the class that an image's folder is named after, quickly for many images of few folders."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._by_plain_name: dict[str, int] = {}
        for index, name in enumerate(classes):
            self._by_plain_name.setdefault(plain_name(name), index)
        self._by_folder: dict[str, int | None] = {}

    def label_of(self, path: Path) -> int | None:
        """Return the index of the class that the image's folder is named after, or None."""
        return self.of_folder(path.parent.name)

    def of_folder(self, folder: str) -> int | None:
        """Return the index of the class that a folder is named after, or None."""
        if folder not in self._by_folder:
            self._by_folder[folder] = self._by_plain_name.get(plain_name(folder))
        return self._by_folder[folder]
