"""Caltech-101: 9,144 pictures in 102 folders, `BACKGROUND_Google` among them."""

from __future__ import annotations

from pathlib import Path

from explain.errors import TrainingError
from trainer.data.pictures import PictureSet, class_folders, collect, pictures_in

FOLDER = "101_ObjectCategories"
CLASS_COUNT = 102
PICTURE_COUNT = 9_144
RECORD = "https://data.caltech.edu/records/mzrjq-6wc02"
ATTRIBUTION = "Li, Andreeto, Ranzato and Perona, Caltech 101, CaltechDATA, doi 10.22002/D1.20086, CC BY 4.0"


def open_caltech101(data: Path) -> PictureSet:
    """The set in `data/101_ObjectCategories`, or in `data` itself if that is the folder's name.

    Nothing is downloaded: the record's archive is an archive of archives, a quarter of an hour by hand
    and a trap by program. `TrainingError` says which file to unpack where, or what is missing.
    """
    root = data if data.name == FOLDER else data / FOLDER
    if not root.is_dir():
        raise TrainingError(
            f"there is no {root}: fetch caltech-101.zip from {RECORD}, and unpack the 101_ObjectCategories.tar.gz "
            f"inside it so that {root / 'accordion' / 'image_0001.jpg'} exists"
        )
    classes = [(folder.name, pictures_in(folder)) for folder in class_folders(root)]
    pictures = collect("Caltech-101", root, classes, ATTRIBUTION)
    if (len(classes), len(pictures.paths)) != (CLASS_COUNT, PICTURE_COUNT):
        raise TrainingError(
            f"{root} holds {len(pictures.paths)} pictures in {len(classes)} classes: expected {PICTURE_COUNT} in "
            f"{CLASS_COUNT}. Unpack the archive again, or use --dataset folder for a part of the data set"
        )
    return pictures
