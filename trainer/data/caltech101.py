"""Caltech-101: 9,144 images in 102 folders, `BACKGROUND_Google` among them."""

from __future__ import annotations

from pathlib import Path

from ..progress.event import OnProgress
from .archive import Archive, ensure_downloaded
from .image_set import ImageDataset, check_complete, class_folders, collect, images_in

CLASS_COUNT = 102
IMAGE_COUNT = 9_144
ARCHIVE = Archive(
    record="https://data.caltech.edu/records/mzrjq-6wc02",
    url="https://data.caltech.edu/records/mzrjq-6wc02/files/caltech-101.zip",
    md5="3138e1922a9193bfa496528edbbc45d0",
    folder="101_ObjectCategories",
    inner="caltech-101/101_ObjectCategories.tar.gz",
)
ATTRIBUTION = "Li, Andreeto, Ranzato and Perona, Caltech 101, CaltechDATA, doi 10.22002/D1.20086, CC BY 4.0"


def open_caltech101(data: Path, on_progress: OnProgress) -> ImageDataset:
    """Open `data/101_ObjectCategories`, downloading it if missing.

    Raises `TrainingError` if it is incomplete.
    """
    root = ensure_downloaded(ARCHIVE, data, on_progress)
    classes = [(folder.name, images_in(folder)) for folder in class_folders(root)]
    images = collect("Caltech-101", root, classes, ATTRIBUTION)
    return check_complete(images, classes=CLASS_COUNT, count=IMAGE_COUNT)
