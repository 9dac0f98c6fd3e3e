"""Image files and places that a stranger might prepare: refused with a reason, or read as they are."""

from __future__ import annotations

import csv
import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.whylight.conftest import painted
from whylight.errors import ImageError
from whylight.explainer import Explainer
from whylight.images import decode, headers, limits
from whylight.images.decode import open_image, read_image
from whylight.images.encode import encode_png, write_image
from whylight.report import write_report

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has none of these")


def progressive_jpeg(size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (9, 90, 200)).save(file, "JPEG", progressive=True)
    return file.getvalue()


def with_scans(data: bytes, count: int) -> bytes:
    """Repeat the last scan until there are so many."""
    last = data.rfind(b"\xff\xda")
    return data[:-2] + data[last:-2] * (count - headers.jpeg_scans(data)) + b"\xff\xd9"


def test_a_jpeg_of_many_scans_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    data = progressive_jpeg()
    assert headers.jpeg_scans(data) == 10
    assert read_image(with_scans(data, limits.MAX_SCANS)).shape == (48, 64, 3)
    with pytest.raises(ImageError, match=r"a JPEG of 20,000 scans.*the limit is 256"):
        open_image(with_scans(data, 20_000))
    monkeypatch.setattr(decode, "MAX_SCANNED_PIXELS", 15 * 64 * 48)
    with pytest.raises(ImageError, match=r"a JPEG of 16 scans.*the limit is 15"):
        open_image(with_scans(data, 16))


def png_of(width: int, height: int, depth: int, colour_type: int) -> bytes:
    """A PNG that claims a size and holds hardly any pixels."""

    def checksum(data: bytes) -> bytes:
        return zlib.crc32(data).to_bytes(4, "big")

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + checksum(kind + content)

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((depth, colour_type, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return headers.PNG_SIGNATURE + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("depth", "colour_type", "allowed"),
    [(8, 0, True), (8, 2, True), (8, 6, True), (16, 2, False), (16, 6, False)],
)
def test_memory_is_counted_and_not_pixels_alone(depth: int, colour_type: int, allowed: bool) -> None:
    data = png_of(200, 1_000_000, depth, colour_type) + bytes(30_000)
    if allowed:
        assert open_image(data).decoding_bytes <= limits.MAX_DECODING_BYTES
        return
    with pytest.raises(
        ImageError, match=r"200 x 1,000,000 pixels take [\d,]+ MB to decode; the limit is 1,500"
    ):
        open_image(data)


def gif_of(width: int, height: int, frames: int = 1) -> bytes:
    """A GIF whose canvas is larger than its frames."""
    images = [Image.new("P", (64, 48), level) for level in range(frames)]
    file = io.BytesIO()
    images[0].save(file, "GIF", save_all=True, append_images=images[1:])
    data = bytearray(file.getvalue())
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def webp_of(width: int, height: int) -> bytes:
    """A WebP whose header claims another size than its image has."""
    file = io.BytesIO()
    Image.new("RGBA", (64, 48), (9, 90, 200, 77)).save(file, "WEBP")
    data = bytearray(file.getvalue())
    assert data[12:16] == b"VP8X"
    data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [gif_of(20_000, 10_000), gif_of(65_535, 2_000, 3), webp_of(16_000, 12_000), png_of(14_000, 14_000, 1, 0)],
    ids=["GIF", "animated GIF", "WebP", "PNG"],
)
def test_a_few_bytes_are_no_large_image(data: bytes) -> None:
    """Before anything is decoded: a canvas of 200 megapixels takes seconds, whatever is on it."""
    with pytest.raises(ImageError, match=r"[\d,]+ bytes cannot hold [\d,]+ x [\d,]+ pixels"):
        open_image(data)


def tiff_of(*tags: tuple[int, int, int]) -> bytes:
    """A TIFF of 300 bytes of pixels and the tags: number, type (3 short, 4 long), value."""
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 308) + bytes(300) + struct.pack("<H", len(tags)) + entries + bytes(4)


_GREY = ((258, 3, 8), (262, 3, 1), (277, 3, 1))


@pytest.mark.parametrize("compression", [1, 5, 8, 32773])
@pytest.mark.parametrize(
    "tags",
    [
        ((256, 4, 16), (257, 4, 16), (322, 4, 32_752), (323, 4, 32_752), (324, 4, 8), (325, 4, 300)),
        ((256, 4, 200), (257, 4, 70_000), (273, 4, 8), (278, 4, 2**32 - 1), (279, 4, 300)),
        ((256, 4, 200), (257, 4, 70_000), (273, 4, 8), (278, 4, 0), (279, 4, 2**32 - 1)),
    ],
    ids=["tiles larger than the image", "one strip of all rows", "strips of no rows"],
)
def test_absurd_tiles_and_strips_of_a_tiff(tags: tuple[tuple[int, int, int], ...], compression: int) -> None:
    data = tiff_of(*sorted((*tags, *_GREY, (259, 3, compression))))
    with pytest.raises(ImageError):
        open_image(data).decode()


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate"])
def test_a_compressed_tiff_is_read_whole_or_not_at_all(compression: str) -> None:
    """OpenCV alone leaves the rows behind the damage black."""
    levels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "TIFF", compression=compression)
    data = file.getvalue()
    assert np.array_equal(read_image(data), levels)
    middle = len(data) // 2
    damaged = data[:middle] + bytes(400) + data[middle + 400 :]
    alone = cv2.imdecode(np.frombuffer(damaged, np.uint8), cv2.IMREAD_UNCHANGED)
    assert alone is None or alone.shape == levels.shape
    with pytest.raises(ImageError, match="its compressed data are damaged"):
        read_image(damaged)


def animated(kind: str, edge: int) -> bytes:
    images = [Image.new("RGB", (edge, edge), (40 * index, 90, 200)) for index in range(3)]
    file = io.BytesIO()
    images[0].save(file, kind, save_all=True, append_images=images[1:])
    return file.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animations_have_a_limit_of_their_own(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = animated(kind, 100)
    still = io.BytesIO()
    Image.new("RGB", (100, 100)).save(still, "PNG")
    assert read_image(data).shape == (100, 100, 3)
    monkeypatch.setattr(decode, "MAX_ANIMATED_PIXELS", 9_999)
    with pytest.raises(ImageError, match=r"100 x 100 pixels; the limit for GIFs and animations is"):
        open_image(data)
    assert read_image(still.getvalue()).shape == (100, 100, 3)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory as Linux counts it")
def test_decoding_takes_what_is_reserved_for_it() -> None:
    """Each in a process of its own, against one that has not decoded."""
    program = (
        "import io, resource, sys; from PIL import Image; from whylight.images.decode import open_image\n"
        "data = sys.stdin.buffer.read(); image = open_image(data); small = open_image(data)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "image.decode(); after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "print(after - before, image.decoding_bytes)"
    )
    pixels = np.zeros((4000, 4000), np.uint8)
    files = [animated(kind, 3000) for kind in ("GIF", "PNG", "WEBP")]
    for image in (
        Image.fromarray(np.dstack([pixels] * 3)),
        Image.fromarray(np.dstack([pixels] * 4)),
        Image.fromarray(pixels.astype(np.uint16)),
    ):
        file = io.BytesIO()
        image.save(file, "PNG", compress_level=1)
        files.append(file.getvalue())
    for data in files:
        run = subprocess.run([sys.executable, "-c", program], input=data, capture_output=True, check=True)
        taken, reserved = map(int, run.stdout.split())
        assert taken < reserved + 40e6, "and a little for the decoder itself"


def test_no_memory_is_said_of_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode_png(painted("red"))

    full = cv2.error("no memory")
    full.code = cv2.Error.StsNoMem
    for error in (MemoryError(), full):

        def failing(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(cv2, "imdecodeWithMetadata", failing)
        with pytest.raises(ImageError, match="not enough memory to decode 80 x 60 pixels"):
            read_image(data)


@posix
def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "gone.png").symlink_to("nowhere.png")
    for name, says in (
        ("pipe", "not a regular file"), ("zero", "not a regular file"),
        ("loop", "cannot be read"), ("gone", "no such file"),
    ):  # fmt: skip
        with pytest.raises(ImageError, match=says):
            open_image(tmp_path / f"{name}.png")


@posix
def test_a_folder_of_traps_is_reported_to_its_end(explainer: Explainer, tmp_path: Path) -> None:
    traps = tmp_path / "traps"
    (traps / "inner").mkdir(parents=True)
    (traps / "inner" / "again").symlink_to(traps)
    os.mkfifo(traps / "pipe.png")
    names = [
        "new\nline.png",
        'quote".png',
        "<b>&amp;.png",
        "=1+1.png",
        "semi;colon.png",
        "-rf.png",
        "$(id).png",
    ]
    names.append(os.fsdecode(b"latin\xe9.png") if sys.platform == "linux" else "other.png")
    for name in names:
        write_image(traps / name, painted("red"))
    report = write_report(explainer, [traps], tmp_path / "out")
    assert (report.explained, report.failed) == (len(names), 1)
    with report.table.open(encoding="utf-8-sig", newline="") as file:
        found = {row["file"] for row in csv.DictReader(file)}
    assert {"new\nline.png", "'=1+1.png", "'-rf.png", 'quote".png'} <= found
    page = report.index.read_text(encoding="utf-8")
    assert "<b>&amp;.png" not in page
    assert "&lt;b&gt;&amp;amp;.png" in page
    inside = [path for path in tmp_path.rglob("*") if path.name.endswith(".overlay.png")]
    assert len(inside) == len(names)
    assert all((tmp_path / "out" / "panels") in path.parents for path in inside)


def test_a_file_that_grows_while_it_is_read_has_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "growing.png"
    path.write_bytes(encode_png(painted("red")) + b"x" * 5000)
    size = path.stat().st_size
    monkeypatch.setattr(decode, "MAX_BYTES", size)
    asked: list[int] = []
    open_path = Path.open

    def grown(self: Path, *arguments: object, **options: object):
        file = open_path(self, *arguments, **options)
        if self != path:
            return file
        with open_path(path, "ab") as writer:
            writer.write(b"y" * 10**6)
        read = file.read
        file_read = lambda count=-1: asked.append(count) or read(count)  # noqa: E731
        return _Reader(file, file_read)

    monkeypatch.setattr(Path, "open", grown)
    assert len(open_image(path).data) <= size + headers.MAGIC_BYTES
    assert -1 not in asked


class _Reader:
    def __init__(self, file: io.BufferedReader, read: object) -> None:
        self._file, self.read = file, read

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def test_a_file_that_vanishes_is_a_failure(
    explainer: Explainer, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from whylight.parallel import explain_many

    open_ = explain_many.open_image

    def vanishing(path: Path) -> object:
        if path.name == "b.png":
            path.unlink()
        return open_(path)

    monkeypatch.setattr(explain_many, "open_image", vanishing)
    report = write_report(explainer, [images], tmp_path / "out")
    assert report.explained == 2
    assert f"{images / 'b.png'}: there is no such file" in [failure.reason for failure in report.failures]


@posix
def test_without_file_descriptors_it_ends_with_a_reason(
    colour_model: Path, images: Path, tmp_path: Path
) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    program = (
        "import resource, sys; from whylight.cli import main; import onnx, cv2, whylight.report.write\n"
        "import whylight.perturbation, whylight.commands.explain, whylight.faithfulness.measure, os\n"
        "held = []\n"
        "from whylight.report import image_worker\n"
        "draw = image_worker.draw\n"
        "def hungry(*given):\n"
        "    try:\n"
        "        while True: held.append(os.open(os.devnull, os.O_RDONLY))\n"
        "    except OSError: pass\n"
        "    return draw(*given)\n"
        "image_worker.draw = hungry\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (100, {hard}))\n"
        "sys.exit(main(['explain', *sys.argv[1:]]))"
    )
    out = tmp_path / "out"
    run = subprocess.run(
        [sys.executable, "-c", program, str(images), "--out", str(out), "--model", str(colour_model)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode in (1, 2)
    assert "Too many open files" in run.stderr
    assert "Traceback" not in run.stderr
    assert not list(out.rglob("*.part"))
