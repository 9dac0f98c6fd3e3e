"""Folders named after classes: which class a picture's folder says it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_NUMBER_PREFIX = re.compile(r"^\d+\.")
"""Of Caltech-256: `002.american-flag`."""


def plain_name(name: str) -> str:
    """Return a class or folder name without number prefix, case and kind of word separator."""
    return re.sub(r"[-_\s]+", " ", _NUMBER_PREFIX.sub("", name)).strip().casefold()


def folder_class(path: Path, classes: Sequence[str]) -> int | None:
    """Return the index of the class that the picture's folder is named after, or None."""
    folder = plain_name(path.parent.name)
    return next((index for index, name in enumerate(classes) if plain_name(name) == folder), None)
