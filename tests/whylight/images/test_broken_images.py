"""What is wrong with images that cannot be read, said for each."""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.whylight.helpers.images import HEIGHT, WIDTH, encoded, png, smooth
from whylight.errors import ImageError
from whylight.images.decode import read_image
from whylight.images.encode import encode_png

# ---- paths


@pytest.mark.parametrize("name", ["Füße — 写真.png", "with space.PNG", "no_suffix", "wrong.jpg"])
def test_any_file_name_opens(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(encode_png(smooth()))
    np.testing.assert_array_equal(read_image(tmp_path / name), smooth())
    np.testing.assert_array_equal(read_image(str(tmp_path / name)), smooth())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"gone\.png: there is no such file"):
        read_image(tmp_path / "gone.png")


def test_a_folder_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="is a folder"):
        read_image(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(ImageError, match="not a regular file"):
        read_image(tmp_path / "pipe.png")


def test_a_null_character_in_a_path_is_an_image_error() -> None:
    with pytest.raises(ImageError, match="null"):
        read_image("a\0b.png")


def test_a_file_without_permission_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(encode_png(smooth()))

    def denied(self: Path, mode: str) -> None:  # root may read everything, so the refusal is acted
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(ImageError, match=r"secret\.png: you may not read this file"):
        read_image(path)


# ---- damage


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(ImageError, match=r"empty\.jpg: the file is empty"):
        read_image(tmp_path / "empty.jpg")


def test_a_text_file_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("not an image at all")
    with pytest.raises(ImageError, match=r"notes\.jpg: not an image \(expected JPEG, PNG"):
        read_image(tmp_path / "notes.jpg")


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_a_image_cut_off_anywhere_is_refused(format_name: str, tmp_path: Path) -> None:
    data = encoded(Image.fromarray(smooth(61, 83)), format_name)
    path = tmp_path / "cut"
    for length in [1, 10, 17, 30, len(data) // 3, len(data) // 2, len(data) * 9 // 10]:
        path.write_bytes(data[:length])
        with pytest.raises(ImageError, match="cut"):
            read_image(path)


def test_a_jpeg_without_its_last_bytes_is_refused() -> None:
    data = encoded(Image.fromarray(smooth(61, 83)), "JPEG")
    with pytest.raises(ImageError, match="the JPEG data are truncated or damaged"):
        read_image(data[:-2])


@pytest.mark.parametrize("damage", ["half the rows", "an unknown filter"])
def test_a_png_of_sound_chunks_with_broken_pixels_is_refused(damage: str) -> None:
    rows = bytearray(HEIGHT * (1 + WIDTH * 3))
    if damage == "an unknown filter":
        rows[len(rows) // 2] = 9
    else:
        del rows[len(rows) // 2 :]
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    with pytest.raises(ImageError, match="the PNG data are truncated or damaged"):
        read_image(png(header, zlib.compress(bytes(rows))))


def test_damage_is_an_image_error_or_a_image_of_the_right_size_never_a_crash() -> None:
    random = np.random.default_rng(11)
    for format_name in ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"]:
        data = encoded(Image.fromarray(smooth()), format_name)
        for _ in range(60):
            broken = bytearray(data)
            for position in random.integers(0, len(data), 3):
                broken[position] = random.integers(0, 256)
            try:
                image = read_image(bytes(broken))
            except ImageError:
                continue
            assert image.ndim == 3
            assert image.shape[2] == 3
            assert image.dtype == np.uint8


# ---- size


def png_bomb(width: int, height: int) -> bytes:
    """A valid PNG of zeros, one bit a pixel, without holding its pixels."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()

    return png(struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0), pixels)


def test_a_bomb_is_refused_before_its_pixels_are_allocated(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_bomb(30_000, 30_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ImageError, match=r"bomb\.png: 30,000 x 30,000 pixels; the limit is 200 megapixels"):
        read_image(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kilobytes


def test_opencv_itself_is_limited_in_a_fresh_process(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_bomb(30_000, 30_000))
    program = (
        "import whylight.drawing.heatmap, cv2, numpy, sys\n"
        "try:\n    cv2.imdecode(numpy.fromfile(sys.argv[1], numpy.uint8), 1)\n"
        "except cv2.error as error:\n    print(error.err)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert "CV_IO_MAX_IMAGE_PIXELS" in result.stdout


def forged(format_name: str) -> bytes:
    """A small image whose header claims 60,000 x 60,000 pixels (16,384 x 16,384 in WebP, its largest)."""
    options = {"lossless": True} if format_name == "WEBP" else {}
    data = bytearray(encoded(Image.fromarray(smooth()), format_name, **options))
    if format_name == "JPEG":
        frame = data.index(b"\xff\xc0")
        data[frame + 5 : frame + 9] = struct.pack(">HH", 60_000, 60_000)
    elif format_name == "GIF":
        data[6:10] = struct.pack("<HH", 60_000, 60_000)
    elif format_name == "BMP":
        data[18:26] = struct.pack("<ii", 60_000, -60_000)
    elif format_name == "WEBP":
        data[21:25] = (int.from_bytes(data[21:25], "little") | 0xFFFFFFF).to_bytes(4, "little")
    elif format_name == "TIFF":
        for tag, old in ((256, WIDTH), (257, HEIGHT)):
            entry = data.index(struct.pack("<HHI", tag, 4, 1) + struct.pack("<I", old))
            data[entry + 8 : entry + 12] = struct.pack("<I", 60_000)
    return bytes(data)


@pytest.mark.parametrize("format_name", ["JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_every_format_is_measured_by_its_header(format_name: str) -> None:
    with pytest.raises(ImageError, match=r"(60,000 x 60,000|16,384 x 16,384) pixels; the limit"):
        read_image(forged(format_name))
