"""Pictures of every kind against Pillow, and what is wrong with those that cannot be read."""

from __future__ import annotations

import io
import os
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from explain.errors import ImageError
from explain.images import encode_jpeg, encode_png, read_image, write_image

HEIGHT, WIDTH = 24, 40
ORIENTATION = 0x0112


def smooth(height: int = HEIGHT, width: int = WIDTH, channels: int = 3) -> np.ndarray:
    """A smooth random picture: chroma subsampling and quantisation keep it recognisable."""
    seed = np.random.default_rng(7).integers(0, 256, (4, 6, channels), dtype=np.uint8)
    return cv2.resize(seed, (width, height), interpolation=cv2.INTER_CUBIC)


def encoded(image: Image.Image, format_name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def pillow(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def over_white(rgba: np.ndarray) -> np.ndarray:
    alpha = rgba[..., 3:].astype(float) / 255
    return np.rint(rgba[..., :3] * alpha + 255 * (1 - alpha)).astype(int)


def largest_difference(a: np.ndarray, b: np.ndarray) -> int:
    assert a.shape == b.shape
    return int(np.abs(a.astype(int) - b.astype(int)).max())


# ---- JPEG


@pytest.mark.parametrize("quality", [60, 75, 90, 100])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_is_pillows_bit_for_bit(quality: int, subsampling: int, progressive: bool) -> None:
    data = encoded(
        Image.fromarray(smooth(61, 83)),
        "JPEG",
        quality=quality,
        subsampling=subsampling,
        progressive=progressive,
    )
    image = read_image(data)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    np.testing.assert_array_equal(image, pillow(data))


def test_a_grey_jpeg_becomes_three_equal_channels() -> None:
    data = encoded(Image.fromarray(smooth()[..., 0]), "JPEG")
    image = read_image(data)
    np.testing.assert_array_equal(image, pillow(data))
    np.testing.assert_array_equal(image[..., 0], image[..., 2])


def adobe_segment(data: bytes) -> tuple[int, int]:
    start = data.index(b"\xff\xee")
    return start, start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")


def cmyk_jpeg(kind: str) -> bytes:
    """`inverted`: as Adobe writes it. `ycck`: the same data declared YCCK. `plain`: without Adobe's mark."""
    data = encoded(Image.fromarray(smooth(61, 83)).convert("CMYK"), "JPEG", quality=95)
    start, end = adobe_segment(data)
    if kind == "ycck":
        return data[: end - 1] + b"\x02" + data[end:]
    return data if kind == "inverted" else data[:start] + data[end:]


@pytest.mark.parametrize("kind", ["inverted", "ycck", "plain"])
def test_a_cmyk_jpeg_is_pillows_within_rounding(kind: str) -> None:
    data = cmyk_jpeg(kind)
    assert Image.open(io.BytesIO(data)).mode == "CMYK"
    assert largest_difference(read_image(data), pillow(data)) <= 2


# ---- orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_turns_the_picture_upright(orientation: int, format_name: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    # A picture whose eight turns all differ, in blocks of 8 so that JPEG keeps them apart.
    stored = np.kron(np.array([[0, 60, 120], [250, 190, 30]], np.uint8), np.ones((16, 16), np.uint8))
    data = encoded(Image.fromarray(np.dstack([stored] * 3)), format_name, exif=exif, quality=95)
    upright = {
        1: stored,
        2: np.fliplr(stored),
        3: np.rot90(stored, 2),
        4: np.flipud(stored),
        5: stored.T,
        6: np.rot90(stored, -1),
        7: np.rot90(stored, 2).T,
        8: np.rot90(stored, 1),
    }[orientation]
    assert largest_difference(read_image(data)[..., 0], upright) <= 16


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_invalid_orientation_leaves_the_picture_as_it_is(orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = encoded(Image.fromarray(smooth()), "PNG", exif=exif)
    np.testing.assert_array_equal(read_image(data), smooth())


@pytest.mark.parametrize("byte_order", ["II", "MM"])
def test_orientation_is_read_in_both_byte_orders_and_beside_alpha(byte_order: str) -> None:
    order = "<" if byte_order == "II" else ">"
    tiff = byte_order.encode() + struct.pack(order + "HIHHHIHHI", 42, 8, 1, ORIENTATION, 3, 1, 6, 0, 0)
    rgba = np.dstack([smooth(), np.full((HEIGHT, WIDTH), 255, np.uint8)])
    data = with_chunk(encoded(Image.fromarray(rgba), "PNG"), b"eXIf", tiff)
    np.testing.assert_array_equal(read_image(data), np.rot90(smooth(), -1))


def test_broken_exif_data_do_not_spoil_the_picture() -> None:
    data = with_chunk(encoded(Image.fromarray(smooth()), "PNG"), b"eXIf", b"II*\0\xff\xff\xff\x7f")
    np.testing.assert_array_equal(read_image(data), smooth())


# ---- PNG and the others


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(header: bytes, pixels: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def with_chunk(data: bytes, kind: bytes, content: bytes) -> bytes:
    """A PNG with one more chunk after its header."""
    return data[:33] + chunk(kind, content) + data[33:]


@pytest.mark.parametrize(
    ("format_name", "mode"),
    [(name, mode) for name in ["PNG", "BMP", "TIFF", "GIF"] for mode in ["RGB", "L", "1", "P"]]
    + [("WEBP", "RGB"), ("WEBP", "L")],
)
def test_lossless_formats_are_pillows_exactly(format_name: str, mode: str) -> None:
    options = {"lossless": True} if format_name == "WEBP" else {}
    image = Image.fromarray(smooth())
    image = image.quantize(16) if mode == "P" else image.convert(mode)
    data = encoded(image, format_name, **options)
    np.testing.assert_array_equal(read_image(data), pillow(data))


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_laid_over_white(format_name: str) -> None:
    rgba = np.dstack([smooth(), smooth(channels=1)])
    options = {"lossless": True, "exact": True} if format_name == "WEBP" else {}
    data = encoded(Image.fromarray(rgba), format_name, **options)
    # libtiff multiplies and rounds before the picture is laid over white.
    assert largest_difference(read_image(data), over_white(rgba)) <= (format_name == "TIFF")


def tiff(pixels: np.ndarray, extra_samples: int | None) -> bytes:
    """An uncompressed TIFF of RGBA `[H, W, 4]`; `extra_samples` is what it says of its alpha."""
    height, width, channels = pixels.shape
    bits = pixels.dtype.itemsize * 8
    tags = [(256, width), (257, height), (258, None), (259, 1), (262, 2), (273, 200), (277, channels)]
    tags += [(278, height), (279, pixels.nbytes)]
    tags += [] if extra_samples is None else [(338, extra_samples)]
    directory = struct.pack("<H", len(tags))
    for tag, value in tags:  # BitsPerSample has four values, kept at 190
        directory += (
            struct.pack("<HHII", tag, 3, 4, 190) if value is None else struct.pack("<HHII", tag, 4, 1, value)
        )
    head = b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", 0)
    return head.ljust(190, b"\0") + struct.pack("<4H", *[bits] * 4).ljust(10, b"\0") + pixels.tobytes()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("extra_samples", [None, 0, 1, 2])
def test_the_alpha_of_a_tiff_is_multiplied_in_once(dtype: type, extra_samples: int | None) -> None:
    alpha = smooth(channels=1)
    associated = extra_samples == 1
    colour = np.minimum(smooth(), alpha[..., None]) if associated else smooth()
    rgba = np.dstack([colour, alpha])
    data = tiff(rgba.astype(dtype) * (257 if dtype == np.uint16 else 1), extra_samples)
    right = colour.astype(int) + 255 - alpha[..., None] if associated else over_white(rgba)
    # libtiff rounds straight alpha once more before it is laid over white.
    assert largest_difference(read_image(data), right) <= (1 if extra_samples == 2 else 0)


def test_grey_with_alpha_is_laid_over_white() -> None:
    grey, alpha = smooth()[..., 0], smooth()[..., 1]
    data = encoded(Image.merge("LA", [Image.fromarray(grey), Image.fromarray(alpha)]), "PNG")
    assert largest_difference(read_image(data), over_white(np.dstack([grey, grey, grey, alpha]))) == 0


def test_a_palette_with_transparency_is_laid_over_white() -> None:
    image = Image.fromarray(smooth()).quantize(8)
    data = encoded(image, "PNG", transparency=bytes([0, 40, 80, 120, 160, 200, 240, 255]))
    rgba = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    assert len(np.unique(rgba[..., 3])) == 8
    assert largest_difference(read_image(data), over_white(rgba)) == 0


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_transparent_colour_becomes_white(mode: str) -> None:
    pixels = smooth() if mode == "RGB" else smooth()[..., 0]
    pixels[:5] = 77
    data = encoded(Image.fromarray(pixels), "PNG", transparency=(77, 77, 77) if mode == "RGB" else 77)
    rgba = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    image = read_image(data)
    assert (image[:5] == 255).all()
    assert largest_difference(image, over_white(rgba)) == 0


def test_the_transparent_level_of_a_one_bit_png() -> None:
    bits = smooth()[..., 0] > 128
    data = with_chunk(encoded(Image.fromarray(bits), "PNG", bits=1), b"tRNS", b"\0\0")  # black is transparent
    np.testing.assert_array_equal(read_image(data), np.full((HEIGHT, WIDTH, 3), 255))


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bits_are_rounded_to_eight(channels: int, suffix: str) -> None:
    shape = (HEIGHT, WIDTH, channels) if channels > 1 else (HEIGHT, WIDTH)
    deep = np.random.default_rng(3).integers(0, 65536, shape, dtype=np.uint16)
    deep.flat[:2] = 0, 65535
    _, data = cv2.imencode(suffix, deep)  # BGR
    eight = np.rint(deep / 257).astype(np.uint8)
    rgb = np.dstack([eight] * 3) if channels == 1 else eight[..., [2, 1, 0, *range(3, channels)]]
    right = rgb if channels < 4 else over_white(rgb)
    assert largest_difference(read_image(data.tobytes()), right) == 0


def test_float_samples_are_refused_with_the_reason(tmp_path: Path) -> None:
    _, data = cv2.imencode(".tiff", np.zeros((4, 4), np.float32))
    with pytest.raises(ImageError, match="samples are float32; 8 and 16 bits"):
        read_image(data.tobytes())


def test_a_moving_gif_gives_its_first_picture() -> None:
    frames = [Image.fromarray(np.full((8, 8, 3), level, np.uint8)) for level in (10, 200)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(read_image(data), np.full((8, 8, 3), 10))


# ---- paths


@pytest.mark.parametrize("name", ["Füße — 写真.png", "with space.PNG", "no_suffix", "wrong.jpg"])
def test_any_file_name_opens(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(encode_png(smooth()))
    np.testing.assert_array_equal(read_image(tmp_path / name), smooth())
    np.testing.assert_array_equal(read_image(str(tmp_path / name)), smooth())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"gone\.png: there is no such file"):
        read_image(tmp_path / "gone.png")


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
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
    with pytest.raises(ImageError, match=r"secret\.png: permission to read it was denied"):
        read_image(path)


# ---- damage


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(ImageError, match=r"empty\.jpg: the file is empty"):
        read_image(tmp_path / "empty.jpg")


def test_a_text_file_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("not a picture at all")
    with pytest.raises(ImageError, match=r"notes\.jpg: is not a picture \(expected JPEG, PNG"):
        read_image(tmp_path / "notes.jpg")


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"])
def test_a_picture_cut_off_anywhere_is_refused(format_name: str, tmp_path: Path) -> None:
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


def test_damage_is_an_image_error_or_a_picture_of_the_right_size_never_a_crash() -> None:
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
        "import explain.drawing, cv2, numpy, sys\n"
        "try:\n    cv2.imdecode(numpy.fromfile(sys.argv[1], numpy.uint8), 1)\n"
        "except cv2.error as error:\n    print(error.err)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert "CV_IO_MAX_IMAGE_PIXELS" in result.stdout


def forged(format_name: str) -> bytes:
    """A small picture whose header claims 60,000 x 60,000 pixels (16,384 x 16,384 in WebP, its largest)."""
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


# ---- writing


def test_a_written_png_reads_back_exactly_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "Größe.png"
    write_image(path, smooth())
    np.testing.assert_array_equal(read_image(path), smooth())
    np.testing.assert_array_equal(np.asarray(Image.open(path)), smooth())
    assert [entry.name for entry in tmp_path.iterdir()] == ["Größe.png"]


def test_a_written_jpeg_is_close(tmp_path: Path) -> None:
    write_image(tmp_path / "a.JPG", smooth(61, 83))
    assert largest_difference(read_image(tmp_path / "a.JPG"), smooth(61, 83)) < 30
    assert len(encode_jpeg(smooth(61, 83), 40)) < len(encode_jpeg(smooth(61, 83), 95))


def test_writing_refuses_other_suffixes_other_arrays_and_missing_folders(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"\.png or \.jpg, not as '\.gif'"):
        write_image(tmp_path / "a.gif", smooth())
    with pytest.raises(ImageError, match=r"found float64 \[24, 40, 3\]"):
        write_image(tmp_path / "a.png", smooth().astype(float))  # type: ignore[arg-type]
    with pytest.raises(ImageError, match="cannot be written"):
        write_image(tmp_path / "missing" / "a.png", smooth())
