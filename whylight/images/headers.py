"""Format, width and height of an image file, read from its header.

A compressed image can be ten thousand times smaller than its pixels, so its size has to be known
before the decoder allocates them. Each parser reads one format's header from bytes and raises
`HeaderError` where the bytes end or contradict the format; none of them allocates anything.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from whylight.errors import WhylightError

MAGIC_BYTES = 16
"""Number of first bytes by which the format of a file is recognised."""

ASSOCIATED_ALPHA, STRAIGHT_ALPHA = 1, 2
"""TIFF's ExtraSamples: alpha multiplied into the colours, or not."""

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

# Start-of-frame markers, all but the four of the same range that define tables (C4, C8, CC).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length: TEM, the restart markers and the start of the image.
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})

_TIFF_TYPES = {3: "H", 4: "I", 16: "Q"}  # SHORT, LONG, LONG8
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_ORIENTATION, _TIFF_EXTRA_SAMPLES = 256, 257, 274, 338


class HeaderError(WhylightError):
    """The file begins like an image but its header is cut off or makes no sense."""


def image_format(head: bytes) -> str | None:
    """Return the format of a file's first `MAGIC_BYTES` bytes (`JPEG`, ...), or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(PNG_SIGNATURE):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith(b"BM"):
        return "BMP"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WebP"
    if head.startswith(_TIFF_MAGICS):
        return "TIFF"
    return None


def image_size(data: bytes) -> tuple[int, int]:
    """Return width and height in pixels by the header, before EXIF orientation."""
    name = image_format(data[:MAGIC_BYTES])
    if name is None:
        raise HeaderError("it has the header of no image format known here")
    try:
        width, height = _SIZES[name](data)
    except (struct.error, IndexError):
        raise HeaderError("its {name} header is cut off", name=name) from None
    if width <= 0 or height <= 0:
        raise HeaderError(
            "its {name} header gives a size of {width} x {height} pixels",
            name=name,
            width=width,
            height=height,
        )
    return width, height


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and content of each chunk of a PNG; b"" in place of pixels.

    Raises `HeaderError` where the file stops before its IEND chunk.
    """
    offset = len(PNG_SIGNATURE)
    while offset + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, offset)
        kind = data[offset + 4 : offset + 8]
        end = offset + 12 + length
        if end > len(data):
            break
        yield kind, b"" if kind == b"IDAT" else data[offset + 8 : end - 4]
        if kind == b"IEND":
            return
        offset = end
    raise HeaderError("it is truncated: the PNG's last part (IEND) is missing")


def exif_orientation(exif: bytes) -> int:
    """Return the orientation, 1 to 8, in EXIF data (a TIFF structure).

    It is 1 where there is none that is valid.

    Broken EXIF data is common in intact images, so it is no error.
    """
    exif = exif.removeprefix(b"Exif\0\0")
    try:
        orientation = _tiff_tags(exif).get(_TIFF_ORIENTATION, 1)
    except (struct.error, HeaderError):
        return 1
    return orientation if 1 <= orientation <= 8 else 1


def tiff_alpha(data: bytes) -> int | None:
    """Return a TIFF's tag ExtraSamples, the meaning of its 4th channel, or None.

    The value is `ASSOCIATED_ALPHA`, `STRAIGHT_ALPHA` or another number.
    """
    return _tiff_tags(data).get(_TIFF_EXTRA_SAMPLES)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    height, width = struct.unpack_from(">HH", data, _jpeg_frame(data) + 5)
    return width, height


def _jpeg_frame(data: bytes) -> int:
    """Return the offset of the marker that begins the frame's header."""
    offset = 2
    while True:
        offset = data.find(b"\xff", offset)
        if offset < 0:
            raise IndexError
        marker = data[offset + 1]
        if marker in (0x00, 0xFF):  # a stuffed or a fill byte, no marker
            offset += 1
        elif marker in _JPEG_BARE:
            offset += 2
        elif marker in _JPEG_FRAMES:
            return offset
        elif marker == 0xDA:
            raise HeaderError("its JPEG header gives no size before the pixels begin")
        else:
            (length,) = struct.unpack_from(">H", data, offset + 2)
            offset += 2 + length


def _png_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _bmp_size(data: bytes) -> tuple[int, int]:
    (header_size,) = struct.unpack_from("<I", data, 14)
    if header_size == 12:  # OS/2
        width, height = struct.unpack_from("<HH", data, 18)
        return width, height
    width, height = struct.unpack_from("<ii", data, 18)
    return width, abs(height)  # a negative height stores the rows top down


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":  # width - 1 and height - 1, 24 bits each
        low, middle, high = struct.unpack_from("<HHH", data, 24)
        return (low | (middle & 0xFF) << 16) + 1, (middle >> 8 | high << 8) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":  # width - 1 and height - 1, 14 bits each
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise HeaderError("its WebP header has an unknown first chunk {kind!r}", kind=kind)


def _tiff_size(data: bytes) -> tuple[int, int]:
    tags = _tiff_tags(data)
    if _TIFF_WIDTH not in tags or _TIFF_HEIGHT not in tags:
        raise HeaderError("its TIFF header gives no size")
    return tags[_TIFF_WIDTH], tags[_TIFF_HEIGHT]


def _tiff_tags(data: bytes) -> dict[int, int]:
    """Return the integer tags of one value in a TIFF's or BigTIFF's first directory."""
    if not data.startswith(_TIFF_MAGICS):
        raise HeaderError("it is no TIFF structure")
    order = "<" if data.startswith(b"II") else ">"
    big = data[2] == 0x2B or data[3] == 0x2B
    offset: int
    count: int
    if big:
        (offset,) = struct.unpack_from(order + "Q", data, 8)
        (count,) = struct.unpack_from(order + "Q", data, offset)
        entries, stride, value_at = offset + 8, 20, 12
    else:
        (offset,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, offset)
        entries, stride, value_at = offset + 2, 12, 8
    tags: dict[int, int] = {}
    # A damaged count may claim 2 ** 64 entries; past the end of the data unpack_from raises at once.
    for entry in range(entries, entries + count * stride, stride):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if kind in _TIFF_TYPES:
            (tags[tag],) = struct.unpack_from(order + _TIFF_TYPES[kind], data, entry + value_at)
    return tags


def jpeg_precision(data: bytes) -> int:
    """Return the bits a sample of a JPEG; 8 where its header does not say."""
    try:
        return data[_jpeg_frame(data) + 4]
    except (IndexError, struct.error, HeaderError):
        return 8


def jpeg_scans(data: bytes) -> int:
    """Return the number of scans in a JPEG, of a thumbnail inside it too.

    In a scan's data no byte FF is followed by DA, so that the markers can be counted.
    """
    return data.count(b"\xff\xda")


def is_animated(kind: str, data: bytes) -> bool:
    """Return whether a file's format holds several frames on a canvas.

    That is any GIF, and a PNG or WebP whose header says so.
    """
    if kind == "WebP":
        return data[12:16] == b"VP8X" and len(data) > 20 and bool(data[20] & 2)
    if kind == "PNG":
        try:
            for chunk, _ in png_chunks(data):
                if chunk in (b"acTL", b"IDAT"):
                    return chunk == b"acTL"
        except HeaderError:
            return False
    return kind == "GIF"


def png_depth(data: bytes) -> int:
    """Return the bits a sample of a PNG by its header; 16 where it is cut off."""
    return data[24] if len(data) > 24 else 16


def png_colour_type(data: bytes) -> int:
    """Return a PNG's colour type by its header; 6, with alpha, where it is cut off."""
    return data[25] if len(data) > 25 else 6


def tiff_numbers(data: bytes) -> dict[int, int]:
    """Return the integer tags in a TIFF's first directory; empty if it is broken."""
    try:
        return _tiff_tags(data)
    except (struct.error, HeaderError):
        return {}


def tiff_pages(data: bytes) -> int:
    """Return the number of images in a TIFF, at least 1."""
    order = "<" if data.startswith(b"II") else ">"
    big = data[2] == 0x2B or data[3] == 0x2B
    offset_form, count_form, stride = ("Q", "Q", 20) if big else ("I", "H", 12)
    seen: set[int] = set()
    try:
        (offset,) = struct.unpack_from(order + offset_form, data, 8 if big else 4)
        while offset and offset not in seen:  # a damaged file may lead in circles
            (count,) = struct.unpack_from(order + count_form, data, offset)
            following = offset + struct.calcsize(count_form) + count * stride
            seen.add(offset)
            (offset,) = struct.unpack_from(order + offset_form, data, following)
    except struct.error:
        pass
    return max(len(seen), 1)


def png_significant_bits(data: bytes) -> int | None:
    """Return the largest number of bits of any channel in a PNG's sBIT, or None."""
    for kind, content in png_chunks(data):
        if kind == b"sBIT" and content:
            return max(content)
        if kind == b"IDAT":
            break
    return None


_SIZES: Mapping[str, Callable[[bytes], tuple[int, int]]] = MappingProxyType(
    {
        "JPEG": _jpeg_size,
        "PNG": _png_size,
        "GIF": _gif_size,
        "BMP": _bmp_size,
        "WebP": _webp_size,
        "TIFF": _tiff_size,
    }
)
