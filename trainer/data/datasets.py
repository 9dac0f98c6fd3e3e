"""Data sets by their command-line names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..progress.event import OnProgress
from .caltech101 import open_caltech101
from .caltech256 import open_caltech256
from .image_folder import open_folder
from .image_set import ImageDataset

DATA_SETS: Mapping[str, Callable[[Path, OnProgress], ImageDataset]] = {
    "caltech256": open_caltech256,
    "caltech101": open_caltech101,
    "folder": lambda data, _: open_folder(data),
}
"""Each is called with the folder given as `--data`, and raises `TrainingError` if it is unfit."""
