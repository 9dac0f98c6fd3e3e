"""Data sets by their command-line names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from trainer.data.caltech101 import open_caltech101
from trainer.data.folder import open_folder
from trainer.data.pictures import PictureSet

DATA_SETS: Mapping[str, Callable[[Path], PictureSet]] = {
    "caltech101": open_caltech101,
    "folder": open_folder,
}
"""Each is called with the folder given as `--data`."""
