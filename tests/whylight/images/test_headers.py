"""Sizes read from headers alone, for every variant that the formats have."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from whylight.images.headers import HeaderError, exif_orientation, image_format, image_size

SIZE = (47, 31)


def saved(format_name: str, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, SIZE, 90).save(buffer, format_name, **options)
    return buffer.getvalue()


def os2_bmp() -> bytes:
    width, height = SIZE
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 26) + struct.pack("<IHHHH", 12, width, height, 1, 24)


VARIANTS = {
    "JPEG": saved("JPEG"),
    "JPEG progressive": saved("JPEG", progressive=True),
    "JPEG with a long comment": saved("JPEG", comment=b"\xff\xc0 no frame " * 3000),
    "PNG": saved("PNG"),
    "GIF": saved("GIF", "P"),
    "BMP": saved("BMP"),
    "BMP of OS/2": os2_bmp(),
    "WebP VP8": saved("WEBP"),
    "WebP VP8L": saved("WEBP", lossless=True),
    "WebP VP8X": saved("WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"),
    "TIFF": saved("TIFF"),
    "TIFF big": saved("TIFF", big_tiff=True),
    "TIFF deflated": saved("TIFF", compression="tiff_adobe_deflate"),
}


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_the_size_is_in_the_header(name: str) -> None:
    assert image_format(VARIANTS[name][:16]) == name.split()[0]
    assert image_size(VARIANTS[name]) == SIZE


def test_the_order_of_bytes_in_a_tiff_does_not_matter() -> None:
    entries = struct.pack(">HHIHH", 256, 3, 1, 47, 0) + struct.pack(">HHII", 257, 4, 1, 31)
    assert image_size(b"MM\0*" + struct.pack(">IH", 8, 2) + entries) == SIZE


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_a_header_that_is_cut_off_says_so(name: str) -> None:
    data = VARIANTS[name]
    for length in range(4, 24):
        try:
            found = image_size(data[:length])
        except HeaderError:
            continue
        assert found == SIZE  # some formats have said it by then


def test_sizes_that_make_no_sense_are_refused() -> None:
    empty = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 0, 5)
    with pytest.raises(HeaderError, match="gives a size of 0 x 5 pixels"):
        image_size(empty)
    with pytest.raises(HeaderError, match="no size before the pixels"):
        image_size(b"\xff\xd8\xff\xda\0\x02")
    with pytest.raises(HeaderError, match="TIFF header gives no size"):
        image_size(b"II*\0" + struct.pack("<IH", 8, 0))
    with pytest.raises(HeaderError, match="no image format"):
        image_size(b"%PDF-1.7 and so on")


def test_a_tiff_that_claims_countless_entries_ends_at_once() -> None:
    with pytest.raises(HeaderError, match="cut off"):
        image_size(b"II+\0" + struct.pack("<HHQQ", 8, 0, 16, 2**64 - 1))


def test_an_orientation_is_read_with_and_without_the_exif_mark() -> None:
    tiff = b"II*\0" + struct.pack("<IHHHIHH", 8, 1, 274, 3, 1, 6, 0)
    assert exif_orientation(tiff) == exif_orientation(b"Exif\0\0" + tiff) == 6
    assert exif_orientation(tiff[:14]) == exif_orientation(b"") == exif_orientation(b"nonsense") == 1
