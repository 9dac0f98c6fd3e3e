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
    """Open `data/256_ObjectCategories`, downloading it if missing.

    Raises `TrainingError` if it is incomplete.
    """
    root = ensure_downloaded(ARCHIVE, data, on_progress)
    return check_complete(list_caltech256(root), classes=CLASS_COUNT, count=IMAGE_COUNT)


def list_caltech256(root: Path) -> ImageDataset:
    """List the images of `root`; labels are the folder numbers minus one.

    Only JPEG files directly in a class folder are used. This excludes two stray entries of the archive: the
    script `198.spider/RENAME2` and the folder of working copies `056.dog/greg/`. Raises `TrainingError` if
    the folder numbers are not 1, 2, 3, ... once each.
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
