"""Any folder of class folders: every sub-folder with pictures in it is a class."""

from __future__ import annotations

from pathlib import Path

from explain.errors import TrainingError
from trainer.data.pictures import PictureSet, class_folders, collect, pictures_in


def open_folder(data: Path) -> PictureSet:
    """Classes are the sub-folders of `data` that hold pictures, sorted by name."""
    if not data.is_dir():
        raise TrainingError(f"{data} is no folder: expected one with a sub-folder of pictures for each class")
    found = [(folder.name, pictures_in(folder)) for folder in class_folders(data)]
    return collect(data.resolve().name, data, [(name, files) for name, files in found if files])
