"""Labelled set of image files, the common form of all data sets."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from whylight.errors import TrainingError
from whylight.images.files import IMAGE_SUFFIXES

from .data_issues import DataIssue


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDataset:
    """Image files and labels, ordered by class and then by file name."""

    name: str
    """Name of the data set, as shown in model cards."""
    attribution: str
    """Authors, source and licence as requested by the data set; may be empty."""
    root: Path
    """Folder to which `paths` are relative."""
    classes: tuple[str, ...]
    """Class names; a label is an index into them."""
    paths: tuple[str, ...]
    """Relative POSIX paths of the images."""
    labels: tuple[int, ...]
    """Label of each image."""
    findings: tuple[DataIssue, ...] = ()
    """Issues found when the set was listed."""
    published: bool = False
    """Whether others train on exactly this set: then no readable image is left out, nor moved to the other
    part of the split, so that accuracies can be compared."""

    def drop(self, paths: Collection[str]) -> ImageDataset:
        """Return the set without the images at `paths`."""
        dropped = frozenset(paths)
        kept = [(p, y) for p, y in zip(self.paths, self.labels, strict=True) if p not in dropped]
        return replace(self, paths=tuple(p for p, _ in kept), labels=tuple(y for _, y in kept))

    def without_classes(self, labels: Collection[int]) -> ImageDataset:
        """Return the set without the classes `labels`; the other labels are renumbered."""
        dropped = frozenset(labels)
        names = tuple(name for label, name in enumerate(self.classes) if label not in dropped)
        new = {name: label for label, name in enumerate(names)}
        kept = [(p, y) for p, y in zip(self.paths, self.labels, strict=True) if y not in dropped]
        return replace(
            self,
            classes=names,
            paths=tuple(p for p, _ in kept),
            labels=tuple(new[self.classes[y]] for _, y in kept),
        )


def class_folders(root: Path) -> list[Path]:
    """List visible folders directly below `root`, sorted by code point."""
    return sorted((p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")), key=_name)


def images_in(folder: Path) -> list[Path]:
    """List visible image files directly in `folder`, sorted by name."""
    files = (p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file())
    return sorted((p for p in files if not p.name.startswith(".")), key=_name)


def _name(path: Path) -> str:
    return path.name


def collect(
    name: str,
    root: Path,
    classes: Iterable[tuple[str, Iterable[Path]]],
    attribution: str = "",
    findings: Iterable[DataIssue] = (),
) -> ImageDataset:
    """Build an `ImageDataset` from `(class name, files)` pairs in label order.

    Raises `TrainingError` for fewer than two classes.
    """
    names, paths, labels = [], [], []
    for label, (class_name, files) in enumerate(classes):
        names.append(class_name)
        for file in files:
            paths.append(file.relative_to(root).as_posix())
            labels.append(label)
    if len(names) < 2:
        found = f"only one class folder with images, '{names[0]}'" if names else "no class folder with images"
        raise TrainingError(
            "{root} holds {found}: expected a folder of images for each of two classes or more",
            root=root,
            found=found,
        )
    return ImageDataset(
        name=name,
        attribution=attribution,
        root=root,
        classes=tuple(names),
        paths=tuple(paths),
        labels=tuple(labels),
        findings=tuple(findings),
    )


def check_complete(images: ImageDataset, *, classes: int, count: int) -> ImageDataset:
    """Mark `images` as published; raises `TrainingError` if the counts differ."""
    if (len(images.classes), len(images.paths)) != (classes, count):
        raise TrainingError(
            "{folder} holds {count:,} images in {classes_found} classes: expected {expected:,} in "
            "{classes}. Move it away to have it unpacked again, or use --dataset folder for a part "
            "of the data set",
            folder=images.root,
            count=len(images.paths),
            classes_found=len(images.classes),
            expected=count,
            classes=classes,
        )
    return replace(images, published=True)
