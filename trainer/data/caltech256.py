"""Caltech-256: 30,607 images in 257 folders, `001.ak47` to `257.clutter`."""

from __future__ import annotations

import re
from pathlib import Path

from whylight.errors import TrainingError

from ..progress.event import OnProgress
from .archive import Archive, ensure_downloaded
from .image_set import ImageDataset, check_complete, class_folders, collect, images_in

CLASS_COUNT = 257
IMAGE_COUNT = 30_607
ARCHIVE = Archive(
    record="https://data.caltech.edu/records/nyy15-4j048",
    url="https://data.caltech.edu/records/nyy15-4j048/files/256_ObjectCategories.tar",
    md5="67b4f42ca05d46448c6bb8ecd2220f6d",
    folder="256_ObjectCategories",
)
ATTRIBUTION = "Griffin, Holub and Perona, Caltech 256, CaltechDATA, doi 10.22002/D1.20087, CC BY 4.0"

_CLASS_FOLDER = re.compile(r"(\d{3})\.(.+)")


def open_caltech256(data: Path, on_progress: OnProgress) -> ImageDataset:
    """The set in `data/256_ObjectCategories`, downloaded where it is missing; checked to be complete."""
    root = ensure_downloaded(ARCHIVE, data, on_progress)
    return check_complete(list_caltech256(root), classes=CLASS_COUNT, count=IMAGE_COUNT)


def list_caltech256(root: Path) -> ImageDataset:
    """The images of `root`, labelled by the number before the dot of their folder's name, less one.

    The archive holds two things that are no images of it, and one rule leaves both out: an image is a
    JPEG file directly in a class folder. `198.spider/RENAME2` is a script; `056.dog/greg/` is a folder of
    somebody's working copies. Raises `TrainingError` if the numbers are not 1, 2, 3, ... each once.
    """
    classes = []
    for folder in class_folders(root):
        if match := _CLASS_FOLDER.fullmatch(folder.name):
            files = [file for file in images_in(folder) if file.suffix.lower() == ".jpg"]
            classes.append((int(match[1]), match[2], files))
    classes.sort()
    numbers = [number for number, _, _ in classes]
    if numbers != list(range(1, len(classes) + 1)):
        wanted = next(n for n in range(1, len(classes) + 2) if numbers.count(n) != 1)
        raise TrainingError(
            "{root} has {count} class folders with the number {wanted:03}: expected one. Move it "
            "away to have it unpacked again",
            root=root,
            count=numbers.count(wanted),
            wanted=wanted,
        )
    return collect("Caltech-256", root, [(name, files) for _, name, files in classes], ATTRIBUTION)
