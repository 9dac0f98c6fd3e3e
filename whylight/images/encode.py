"""Encode images as PNG and JPEG, and write them atomically."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import cv2
import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from whylight.common import atomic_file
from whylight.errors import ImageError
from whylight.images.headers import PNG_SIGNATURE

_RGB, _PALETTE, _FILTER_UP = 2, 3, 2
"""PNG's colour types without and with a palette, and its filter that takes rows from each other."""

_JPEG_SUFFIXES = frozenset({".jfif", ".jpe", ".jpeg", ".jpg"})


def write_image(path: str | os.PathLike[str], image: NDArray[np.uint8]) -> None:
    """Write RGB uint8 `[H, W, 3]` as PNG or, by suffix, as JPEG of quality 95.

    The folder must exist.

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
        raise ImageError(
            "{path}: images are written as .png or .jpg, not as '{suffix}'", path=path, suffix=path.suffix
        )


def write_bytes(path: Path, data: bytes) -> None:
    """Write an image's encoded bytes beside their place and rename the file into it.

    Raises `ImageError` where the disk refuses.
    """
    try:
        atomic_file.write_bytes(path, data, durable=False)
    except OSError as error:
        raise ImageError(
            "{path}: cannot be written: {reason}", path=path, reason=error.strerror or error
        ) from error


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """Encode RGB uint8 `[H, W, 3]` as a PNG file."""
    _require_image(image)
    height, width, channels = image.shape
    return _png(image.reshape(height, width * channels), (width, height, 8, _RGB))


def encode_indexed_png(levels: NDArray[np.uint8], colours: NDArray[np.uint8]) -> bytes:
    """Encode levels uint8 `[H, W]` and a palette uint8 `[256, 3]` as a PNG file.

    A third of the RGB image's bytes to compress, which it decodes to.
    """
    height, width = levels.shape
    return _png(levels, (width, height, 8, _PALETTE), (b"PLTE", colours.tobytes()))


def encode_jpeg(image: NDArray[np.uint8], quality: int = 95) -> bytes:
    """Encode RGB uint8 `[H, W, 3]` as a JPEG file, quality 0 to 100."""
    _require_image(image)
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def _png(rows: NDArray[np.uint8], header: tuple[int, int, int, int], *further: tuple[bytes, bytes]) -> bytes:
    """Build a PNG file (ISO/IEC 15948) from rows of bytes `[H, B]`.

    OpenCV's encoder, which writes no palettes, takes four times as long, nearly all of it in zlib. Intel's
    ISA-L makes the same format with the instructions of the processor at hand.

    Args:
        rows: the image's bytes.
        header: width, height, bits a sample, and colour type.
        further: chunks that stand before the image's data, by their kinds.
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


def _require_image(image: NDArray[np.uint8]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        found = f"{image.dtype} {list(image.shape)}"
        raise ImageError("an RGB image uint8 [H, W, 3] was expected, found {found}", found=found)
