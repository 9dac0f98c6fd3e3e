"""Find image files in folders, in natural order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from whylight.common.natural_sort import natural_sorted
from whylight.common.paths import is_folder
from whylight.errors import ImageError
from whylight.images.other_formats import RAW_SUFFIXES, SUFFIXES

IMAGE_SUFFIXES = frozenset(
    {".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
)
"""Lower-case suffixes of the files that count as images when a folder is walked."""

WALKED_SUFFIXES = IMAGE_SUFFIXES | SUFFIXES.keys() | RAW_SUFFIXES
"""Those of `IMAGE_SUFFIXES`, and of formats that need an extra or are not read: named, never passed over."""

REPORT_PAGE, REPORT_TABLE, REPORT_PANELS = "index.html", "predictions.csv", "panels"
"""What a report's folder holds (`whylight.report`); nobody means the panels when the folder is opened."""
REPORT_MARKER = ".whylight-report"
"""The file by which a report's folder is known, written before all others."""


def find_images(
    paths: Iterable[str | os.PathLike[str]],
    *,
    recursive: bool = True,
    on_error: Callable[[Path, ImageError], None] | None = None,
    on_folder: Callable[[Path], None] | None = None,
) -> Iterator[Path]:
    """The image files under `paths`, lazily and in a fixed order: a folder's files, then its sub-folders.

    Both are in the order in which people count: `img2` comes before `img10`.

    A file named in `paths` itself is given whatever its suffix, and so is a path that does not exist: what
    the user names is the user's wish, and reading it says what is wrong. In folders, files are chosen by
    `WALKED_SUFFIXES`, names that begin with a dot are skipped, and a folder met twice through symbolic
    links is walked once. The panels of a report are left out, unless they are what is named. A folder that
    cannot be listed goes to `on_error` and the walk goes on; without `on_error` it raises `ImageError`.
    `on_folder` is told each folder that is walked, whether or not it holds images, before those.
    """
    walked: set[tuple[int, int]] = set()
    for path in map(Path, paths):
        if not is_folder(path):
            yield path
            continue
        waiting = [path]
        while waiting:
            folder = waiting.pop()
            try:
                if _is_walked(folder, walked):
                    continue
                files, folders = map(natural_sorted, list_folder(folder))
            except ImageError as error:
                if on_error is None:
                    raise
                on_error(folder, error)
                continue
            if on_folder is not None:
                on_folder(folder)
            yield from map(folder.joinpath, files)
            if recursive:
                waiting.extend(map(folder.joinpath, reversed(folders)))


def list_folder(folder: Path) -> tuple[list[str], list[str]]:
    """The names of the images and of the sub-folders that `find_images` walks in one folder, in no order.

    Raises `ImageError` where it cannot be listed.
    """
    try:
        with os.scandir(folder) as listing:
            entries = [(entry.name, entry.is_dir()) for entry in listing]
    except OSError as error:
        raise _unlistable(folder, error) from error
    if (REPORT_PANELS, True) in entries and (REPORT_MARKER, False) in entries:
        entries.remove((REPORT_PANELS, True))
    files = [name for name, is_folder in entries if not is_folder and _is_image_name(name)]
    return files, [name for name, is_folder in entries if is_folder and name[0] != "."]


def _is_walked(folder: Path, walked: set[tuple[int, int]]) -> bool:
    """Return whether a folder is in `walked`, by the numbers of its device and inode; it is from now on."""
    try:
        status = folder.stat()
    except OSError as error:
        raise _unlistable(folder, error) from error
    # A file system that gives no inode numbers (0) has no symbolic links that could loop.
    identity = (status.st_dev, status.st_ino)
    if status.st_ino and identity in walked:
        return True
    walked.add(identity)
    return False


def _unlistable(folder: Path, error: OSError) -> ImageError:
    return ImageError(
        "{folder}: the folder cannot be listed: {reason}", folder=folder, reason=error.strerror or error
    )


def _is_image_name(name: str) -> bool:
    # Without building a Path: folders of a hundred thousand names come through here.
    stem, dot, suffix = name.rpartition(".")
    return bool(stem and dot) and stem[0] != "." and f".{suffix.lower()}" in WALKED_SUFFIXES
