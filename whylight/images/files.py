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
"""`IMAGE_SUFFIXES`, and suffixes of formats that need an extra or are not supported.

The latter are reported by name instead of being left out.
"""

UNSUPPORTED_SUFFIXES = frozenset(
    {".exr", ".hdr", ".ico", ".j2k", ".jp2", ".pbm", ".pgm", ".ppm", ".psd", ".svg", ".tga"}
)
"""Suffixes of images that are left out when a folder is walked."""

VIDEO_SUFFIXES = frozenset((".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".webm", ".wmv"))
"""Suffixes of videos, which are read where they are named, and left out when a folder is walked."""

_LEFT_OUT = UNSUPPORTED_SUFFIXES | VIDEO_SUFFIXES

REPORT_PAGE, REPORT_TABLE, REPORT_PANELS = "index.html", "predictions.csv", "panels"
"""Contents of a report's folder (`whylight.report`); its panels are left out when the folder is opened."""
REPORT_MARKER = ".whylight-report"
"""The file by which a report's folder is known, written before all others."""


def find_images(
    paths: Iterable[str | os.PathLike[str]],
    *,
    recursive: bool = True,
    on_error: Callable[[Path, ImageError], None] | None = None,
    on_folder: Callable[[Path], None] | None = None,
    on_left_out: Callable[[str], None] | None = None,
) -> Iterator[Path]:
    """Yield the image files under `paths`, lazily and in a fixed order.

    A folder's files come first, then those of its sub-folders.

    Both are in natural order: `img2` comes before `img10`.

    A file named in `paths` is yielded regardless of its suffix, and so is a path that does not exist: reading
    it raises the error that names it. In folders, files are chosen by `WALKED_SUFFIXES`, names that begin
    with a dot are skipped, and a folder reached twice through symbolic links is walked once. The panels of a
    report are left out unless they are named in `paths`. A folder that cannot be listed goes to `on_error`
    and the walk goes on; without `on_error` it raises `ImageError`. `on_folder` is called with each folder
    that is walked, before its images; `on_left_out` with the lower-case suffix of each file that has one of
    `UNSUPPORTED_SUFFIXES` or `VIDEO_SUFFIXES`.
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
                files, folders = map(natural_sorted, list_folder(folder, on_left_out))
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


def list_folder(
    folder: Path, on_left_out: Callable[[str], None] | None = None
) -> tuple[list[str], list[str]]:
    """Return the names of the images and sub-folders in a folder, in no order.

    They are those that `find_images` walks; `on_left_out` is as there.

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
    if on_left_out is not None and len(files) < len(entries):
        for name, is_folder in entries:
            suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 (without building a Path)
            if not is_folder and suffix in _LEFT_OUT and name[0] != ".":
                on_left_out(suffix)
    return files, [name for name, is_folder in entries if is_folder and name[0] != "."]


def _is_walked(folder: Path, walked: set[tuple[int, int]]) -> bool:
    """Return whether a folder is in `walked` (by device and inode), and add it."""
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
