"""Pictures on disk: which files are pictures, and writing one so that no reader ever sees half of it."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from whylight.common.natural_sort import in_order
from whylight.common.paths import is_folder
from whylight.errors import ImageError
from whylight.images.headers import PNG_SIGNATURE

IMAGE_SUFFIXES = frozenset(
    {".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
)
"""Lower-case suffixes of the files that count as pictures when a folder is walked."""

REPORT_PAGE, REPORT_TABLE, REPORT_PANELS = "index.html", "predictions.csv", "panels"
"""What a report's folder holds (`whylight.report`); nobody means the panels when the folder is opened."""

_RGB, _PALETTE, _FILTER_UP = 2, 3, 2
"""PNG's colour types without and with a palette, and its filter that takes rows from each other."""

_JPEG_SUFFIXES = frozenset({".jfif", ".jpe", ".jpeg", ".jpg"})


def find_images(
    paths: Iterable[str | os.PathLike[str]],
    *,
    recursive: bool = True,
    on_error: Callable[[Path, ImageError], None] | None = None,
    on_folder: Callable[[Path], None] | None = None,
) -> Iterator[Path]:
    """The picture files under `paths`, lazily and in a fixed order: a folder's files, then its sub-folders.

    Both are in the order in which people count: `img2` comes before `img10`.

    A file named in `paths` itself is given whatever its suffix, and so is a path that does not exist: what
    the user names is the user's wish, and reading it says what is wrong. In folders, files are chosen by
    `IMAGE_SUFFIXES`, names that begin with a dot are skipped, and a folder met twice through symbolic
    links is walked once. The panels of a report are left out, unless they are what is named. A folder that
    cannot be listed goes to `on_error` and the walk goes on; without `on_error` it raises `ImageError`.
    `on_folder` is told each folder that is walked, whether or not it holds pictures, before those.
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
                files, folders = map(in_order, list_folder(folder))
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
    """The names of the pictures and of the sub-folders that `find_images` walks in one folder, in no order.

    Raises `ImageError` where it cannot be listed.
    """
    try:
        with os.scandir(folder) as listing:
            entries = [(entry.name, entry.is_dir()) for entry in listing]
    except OSError as error:
        raise _unlistable(folder, error) from error
    if (REPORT_PANELS, True) in entries and _holds_report({name for name, _ in entries}):
        entries.remove((REPORT_PANELS, True))
    files = [name for name, is_folder in entries if not is_folder and _is_image_name(name)]
    return files, [name for name, is_folder in entries if is_folder and name[0] != "."]


def write_image(path: str | os.PathLike[str], image: NDArray[np.uint8]) -> None:
    """Write RGB uint8 `[H, W, 3]` as PNG or, by suffix, as JPEG of quality 95; the folder must exist.

    The file is written beside its place and renamed into it. Raises `ImageError` for another suffix and where
    the disk refuses.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".png":
        write_bytes(path, encode_png(image))
    elif suffix in _JPEG_SUFFIXES:
        write_bytes(path, encode_jpeg(image))
    else:
        raise ImageError(f"{path}: pictures are written as .png or .jpg, not as '{path.suffix}'")


def write_bytes(path: Path, data: bytes) -> None:
    """Write a picture's encoded bytes beside their place and rename the file into it.

    Raises `ImageError` where the disk refuses.
    """
    # The process number keeps two runs apart that write the same folder.
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ImageError(f"{path}: cannot be written: {error.strerror or error}") from error


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """RGB uint8 `[H, W, 3]` as the bytes of a PNG file."""
    _require_picture(image)
    height, width, channels = image.shape
    return _png(image.reshape(height, width * channels), (width, height, 8, _RGB))


def encode_indexed_png(levels: NDArray[np.uint8], colours: NDArray[np.uint8]) -> bytes:
    """Levels uint8 `[H, W]` and the colour of each, RGB uint8 `[256, 3]`, as a PNG file with a palette.

    A third of the RGB picture's bytes to compress, which it decodes to.
    """
    height, width = levels.shape
    return _png(levels, (width, height, 8, _PALETTE), (b"PLTE", colours.tobytes()))


def encode_jpeg(image: NDArray[np.uint8], quality: int = 95) -> bytes:
    """RGB uint8 `[H, W, 3]` as the bytes of a JPEG file, quality 0 to 100."""
    _require_picture(image)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def _png(rows: NDArray[np.uint8], header: tuple[int, int, int, int], *further: tuple[bytes, bytes]) -> bytes:
    """A PNG file (ISO/IEC 15948) of bytes `[H, B]` a row.

    OpenCV's encoder, which writes no palettes, takes four times as long, nearly all of it in zlib. Intel's
    ISA-L makes the same format with the instructions of the processor at hand.

    Args:
        rows: the picture's bytes.
        header: width, height, bits a sample, and colour type.
        further: chunks that stand before the picture's data, by their kinds.
    """
    # Each row less the one above it, and before each row the filter's number.
    filtered = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _FILTER_UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", *header, 0, 0, 0)),
        *further,
        (b"IDAT", isal_zlib.compress(filtered.data, 1)),
        (b"IEND", b""),
    )
    return b"".join((PNG_SIGNATURE, *(_chunk(kind, content) for kind, content in chunks)))


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = isal_zlib.crc32(content, isal_zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(content)), kind, content, struct.pack(">I", checksum)))


def _require_picture(image: NDArray[np.uint8]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        found = f"{image.dtype} {list(image.shape)}"
        raise ImageError(f"an RGB picture uint8 [H, W, 3] was expected, found {found}")


def _is_walked(folder: Path, walked: set[tuple[int, int]]) -> bool:
    """Whether a folder is in `walked`, by the numbers of its device and inode; it is from now on."""
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
    return ImageError(f"{folder}: the folder cannot be listed: {error.strerror or error}")


def _holds_report(names: set[str]) -> bool:
    """Whether a folder is a report's, finished or being written: then its table lies beside its place."""
    if {REPORT_PAGE, REPORT_TABLE} <= names:
        return True
    return any(name.startswith(f".{REPORT_TABLE}.") for name in names)


def _is_image_name(name: str) -> bool:
    # Without building a Path: folders of a hundred thousand names come through here.
    stem, dot, suffix = name.rpartition(".")
    return bool(stem and dot) and stem[0] != "." and f".{suffix.lower()}" in IMAGE_SUFFIXES
