"""Data sets by their command-line names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from trainer.data.caltech101 import open_caltech101
from trainer.data.caltech256 import open_caltech256
from trainer.data.image_folder import open_folder
from trainer.data.image_set import PictureSet
from trainer.progress.event import OnProgress

DATA_SETS: Mapping[str, Callable[[Path, OnProgress], PictureSet]] = {
    "caltech256": open_caltech256,
    "caltech101": open_caltech101,
    "folder": lambda data, _: open_folder(data),
}
"""Each is called with the folder given as `--data`, and raises `TrainingError` if it is unfit."""
