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

_OPENERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"HEIC": ("HEIF", "AVIF"), "AVIF": ("AVIF", "HEIF"), "JPEG XL": ("JXL",)}
)
"""Pillow's names of the formats that a file may turn out to be of; no others are tried."""

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


def load_plugin(kind: str) -> bool:
    """Load the package that reads a key of `PLUGINS`; return whether it is installed."""
    try:
        plugin = importlib.import_module(PLUGINS[kind])
        importlib.import_module("PIL.Image")
    except ImportError:
        return False
    if kind == "HEIC":
        plugin.register_heif_opener()
    return True


def require_plugin(name: str, kind: str) -> None:
    """Refuse a file whose format's package is not installed; nothing is loaded.

    Args:
        name: the file, for messages.
        kind: a key of `PLUGINS`.

    Raises:
        ImageError: the package is missing.
    """
    if not all(_is_there(module) for module in (PLUGINS[kind], "PIL")):
        raise ImageError(
            "{path}: {kind} images need the package '{package}': pip install 'whylight[{extra}]'",
            path=name,
            kind=kind,
            package=_PACKAGES[kind],
            extra=EXTRA,
        )


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ValueError:  # `sys.modules` holds None in its place
        return False


def open_with_plugin(name: str, kind: str, data: bytes) -> Any:
    """Return the Pillow image of a file, its pixels not decoded yet.

    Args:
        name: the file, for messages.
        kind: a key of `PLUGINS`.
        data: the file's bytes.

    Raises:
        ImageError: the format's package is not installed, or does not know the data.
    """
    require_plugin(name, kind)
    load_plugin(kind)
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(io.BytesIO(data), formats=_OPENERS[kind])
    except MemoryError:
        raise
    except UnidentifiedImageError as error:  # whose words hold an address in memory
        reason = Message("the decoder does not know its data")
        raise ImageError("{path}: cannot be decoded: {reason}", path=name, reason=reason) from error
    except Exception as error:  # each plug-in has errors of its own
        raise unreadable(name, error) from error


def unreadable(name: str, error: Exception) -> ImageError:
    """Return the refusal of a file whose decoder raised an error."""
    first = str(error).strip().partition("\n")[0]
    return ImageError(
        "{path}: cannot be decoded: {reason}", path=name, reason=first or Message("the decoder gave up")
    )
