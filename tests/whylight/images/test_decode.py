"""Images of every kind against Pillow."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.whylight.helpers.images import (
    HEIGHT,
    ORIENTATION,
    WIDTH,
    encoded,
    largest_difference,
    over_white,
    pillow,
    smooth,
    with_chunk,
)
from whylight.errors import ImageError
from whylight.images.decode import read_image
from whylight.images.encode import encode_jpeg, write_image

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
def test_exif_orientation_turns_the_image_upright(orientation: int, format_name: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    # An image whose eight turns all differ, in blocks of 8 so that JPEG keeps them apart.
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
def test_an_invalid_orientation_leaves_the_image_as_it_is(orientation: int) -> None:
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


def test_broken_exif_data_do_not_spoil_the_image() -> None:
    data = with_chunk(encoded(Image.fromarray(smooth()), "PNG"), b"eXIf", b"II*\0\xff\xff\xff\x7f")
    np.testing.assert_array_equal(read_image(data), smooth())


# ---- PNG and the others


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
    # libtiff multiplies and rounds before the image is laid over white.
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


def test_a_moving_gif_gives_its_first_image() -> None:
    frames = [Image.fromarray(np.full((8, 8, 3), level, np.uint8)) for level in (10, 200)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(read_image(data), np.full((8, 8, 3), 10))


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
