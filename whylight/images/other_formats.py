"""Formats outside OpenCV: HEIC, AVIF and JPEG XL by an extra; no raw files."""

from __future__ import annotations

import importlib
import importlib.util
import io
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from whylight.errors import ImageError, Message

if TYPE_CHECKING:
    from collections.abc import Mapping

EXTRA = "heic"
"""The extra that brings the readers."""

PLUGINS: Mapping[str, str] = MappingProxyType(
    {"HEIC": "pillow_heif", "AVIF": "pillow_avif", "JPEG XL": "pillow_jxl"}
)
"""The module that reads each format."""

_PACKAGES: Mapping[str, str] = MappingProxyType(
    {"HEIC": "pillow-heif", "AVIF": "pillow-avif-plugin", "JPEG XL": "pillow-jxl-plugin"}
)

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {".avif": "AVIF", ".heic": "HEIC", ".heif": "HEIC", ".hif": "HEIC", ".jxl": "JPEG XL"}
)
RAW_SUFFIXES = frozenset({".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".pef", ".raf", ".rw2", ".srw"})
"""Cameras' raw files, which may look like a TIFF of their thumbnail."""

_BRANDS: Mapping[bytes, str] = MappingProxyType(
    {
        **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), "HEIC"),
        **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    }
)


def other_format(head: bytes) -> str | None:
    """Return the format, a key of `PLUGINS`, of a file's first 16 bytes, or None."""
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    if head.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        return "JPEG XL"
    return None


def missing_reader(suffix: str) -> str | None:
    """Return the format of a lower-case suffix that cannot be read here, or None.

    That is `RAW`, or a key of `PLUGINS` whose package is not installed.
    """
    if suffix in RAW_SUFFIXES:
        return "RAW"
    kind = SUFFIXES.get(suffix)
    if kind is None or importlib.util.find_spec(PLUGINS[kind]) is not None:
        return None
    return kind


def open_with_plugin(name: str, kind: str, data: bytes) -> Any:
    """Return the Pillow image of a file, its pixels not decoded yet.

    Args:
        name: the file, for messages.
        kind: a key of `PLUGINS`.
        data: the file's bytes.

    Raises:
        ImageError: the format's package is not installed, or does not know the data.
    """
    try:
        plugin = importlib.import_module(PLUGINS[kind])
        from PIL import Image
    except ImportError:
        raise ImageError(
            "{path}: {kind} images need the package '{package}': pip install 'whylight[{extra}]'",
            path=name,
            kind=kind,
            package=_PACKAGES[kind],
            extra=EXTRA,
        ) from None
    if kind == "HEIC":
        plugin.register_heif_opener()
    try:
        return Image.open(io.BytesIO(data))
    except Exception as error:  # each plug-in has errors of its own
        raise unreadable(name, error) from error


def unreadable(name: str, error: Exception) -> ImageError:
    """Return the refusal of a file whose decoder raised an error."""
    first = str(error).strip().partition("\n")[0]
    return ImageError(
        "{path}: cannot be decoded: {reason}", path=name, reason=first or Message("the decoder gave up")
    )
