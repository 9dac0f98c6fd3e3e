"""A folder full of all that goes wrong with images: it is named before training, and training goes on."""

from __future__ import annotations

import json
import os
import shutil
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from trainer.cli import main
from trainer.data.data_issues import DataIssue, summary
from trainer.data.duplicates import equal_files, split_leaks
from trainer.data.image_folder import open_folder
from trainer.data.image_set import ImageDataset
from trainer.data.split import Split, draw_split
from trainer.loop.checkpoint import load_trained
from whylight import MAX_PIXELS
from whylight.images.encode import encode_jpeg, write_image

OPTIONS = [
    "--variant",
    "adam",
    "--dataset",
    "folder",
    "--epochs",
    "1",
    "--image-size",
    "32",
    "--batch-size",
    "8",
    "--device",
    "cpu",
]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links and any file names")


def _png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size; its pixels are a few zeros."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.fixture
def bad(coloured_folder: Path) -> Path:
    """24 good images in 3 classes, and everything else."""
    root = coloured_folder
    photo = encode_jpeg(np.random.default_rng(5).integers(0, 256, (60, 60, 3), dtype=np.uint8))
    (root / "red" / "broken.png").write_bytes((root / "red" / "01.png").read_bytes()[:500])
    (root / "red" / "cut off.jpg").write_bytes(photo[: len(photo) // 2])
    (root / "red" / "empty.jpg").touch()
    (root / "red" / "giant.png").write_bytes(_png_header(30_000, 30_000))
    (root / "red" / "text.jpg").write_text("To whom it may concern")
    (root / "red" / "notes.txt").touch()
    shutil.copy(root / "red" / "02.png", root / "red" / "copy of 02.png")
    shutil.copy(root / "red" / "03.png", root / "blue" / "really red.png")
    write_image(root / "blue" / "Größe 緑.png", np.full((20, 20, 3), 90, np.uint8))
    (root / "red" / "circle.png").symlink_to("circle.png")
    (root / "red" / "gone.png").symlink_to("nowhere.png")
    os.mkfifo(root / "red" / "pipe.png")
    (root / "red" / "more").mkdir()
    shutil.copy(root / "red" / "04.png", root / "red" / "more" / "unused.png")
    (root / "loop").symlink_to(".")
    (root / "up").symlink_to("..")
    (root / "scarlet").symlink_to("red")
    (root / "nothing").mkdir()
    (root / "single").mkdir()
    write_image(root / "single" / "1.png", np.full((20, 20, 3), 10, np.uint8))
    (root / "rotten").mkdir()
    (root / "rotten" / "1.png").touch()
    (root / "loose.png").write_bytes(photo)
    Path(os.fsdecode(os.fsencode(root) + b"/red/caf\xe9.png")).write_bytes(photo)
    (root / "red" / "line\nbreak.jpg").touch()
    return root


EXPECTED = {
    ("unreadable", "red/broken.png",
     "cannot be decoded: it is truncated: the PNG's last part (IEND) is missing"),
    ("unreadable", "red/cut off.jpg", "the JPEG data are truncated or damaged"),
    ("unreadable", "red/empty.jpg", "the file is empty"),
    ("unreadable", "red/giant.png",
     f"30,000 x 30,000 pixels; the limit is {MAX_PIXELS / 1e6:,.0f} megapixels. Make it smaller first"),
    ("unreadable", "red/text.jpg", "not an image (expected JPEG, PNG, WebP, TIFF, BMP or GIF)"),
    ("unreadable", "red/line\nbreak.jpg", "the file is empty"),
    ("unreadable", "rotten/1.png", "the file is empty"),
    ("duplicate", "red/copy of 02.png", "is red/02.png"),
    ("contradiction", "red/03.png", "is in blue, red"),
    ("contradiction", "blue/really red.png", "is in blue, red"),
    ("small class", "single", "1 image left"),
    ("small class", "rotten", "0 images left"),
    ("empty class", "nothing", ""),
    ("link", "loop", "leads to a folder that holds it, which is read already"),
    ("link", "up", "leads to a folder that holds it, which is read already"),
    ("link", "scarlet", "leads to 'red', which is read already"),
    ("link", "red/circle.png", "Too many levels of symbolic links"),
    ("link", "red/gone.png", "No such file or directory"),
    ("name", "red/caf\\udce9.png", "is not UTF-8: rename it"),
    ("no image", "red/notes.txt", ""),
    ("no image", "red/pipe.png", "not a regular file"),
    ("elsewhere", "red/more", "a folder within a class folder"),
    ("elsewhere", "loose.png", ""),
}  # fmt: skip


def test_everything_is_named_and_training_goes_on(
    bad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "runs" / "bad"
    assert main([*OPTIONS, "--data", str(bad), "--out", str(out)]) == 0
    found = [tuple(finding.values()) for finding in json.loads((out / "data.json").read_text())]
    assert set(found) == EXPECTED
    assert len(found) == len(EXPECTED)
    split = load_trained(out).split
    used = [path for path, _ in split.train + split.test]
    assert split.classes == ("blue", "green", "red")
    assert len(used) == len(set(used)) == 24  # one contradiction less, Größe more
    assert "blue/Größe 緑.png" in used
    assert not {what for _, what, _ in EXPECTED} & set(used)
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0] == "coloured: 24 images in 3 classes"
    assert lines[1] == f"23 issues were found; all are listed in {out / 'data.json'}"
    assert lines[2].startswith("  left out, cannot be read (7): red/broken.png: cannot be decoded")
    assert lines[2].endswith("; and 4 more")
    assert printed.err == ""
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "30,000 x 30,000 pixels" in page
    assert "red/line\\nbreak.jpg" in page


def test_what_cannot_be_trained_on_is_refused_after_it_is_explained(
    bad: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("green", "blue"):
        shutil.rmtree(bad / name)
    out = tmp_path / "runs" / "bad"
    assert main([*OPTIONS, "--data", str(bad), "--out", str(out)]) == 2
    printed = capsys.readouterr()
    assert "left out, a class needs two images" in printed.out
    assert printed.err == f"error: 1 of the classes in {bad} can be used: expected two or more\n"
    assert not out.exists()


def _set(root: Path, contents: dict[str, list[bytes]], *, published: bool = False) -> ImageDataset:
    """A data set of files with these bytes, which no one decodes."""
    paths, labels = [], []
    for label, (name, files) in enumerate(contents.items()):
        (root / name).mkdir()
        for number, content in enumerate(files):
            (root / name / f"{number}.png").write_bytes(content)
            paths.append(f"{name}/{number}.png")
            labels.append(label)
    return ImageDataset(
        name="set", attribution="", root=root, classes=tuple(contents), paths=tuple(paths),
        labels=tuple(labels), published=published,
    )  # fmt: skip


def test_equal_files_are_found_by_their_bytes(tmp_path: Path) -> None:
    images = _set(tmp_path, {"a": [b"one", b"two", b"four", b"one"], "b": [b"two", b"six", b"one"]})
    groups = equal_files(images, lambda _: None)
    assert groups == [("a/0.png", "a/3.png", "b/2.png"), ("a/1.png", "b/0.png")]


def test_a_leak_is_a_held_out_file_that_is_trained_on() -> None:
    split = Split(
        data_set="set",
        seed=42,
        classes=("a",),
        train=(("1", 0), ("2", 0)),
        test=(("3", 0), ("4", 0), ("5", 0)),
    )
    found = list(split_leaks(split, [("1", "3"), ("4", "5"), ("2", "1")]))
    assert found == [DataIssue("leak", "3", "is 1")]


def test_a_class_that_is_held_out_whole_gives_a_image_to_the_training_part() -> None:
    train = tuple((f"a/{i}", 0) for i in range(8))
    test = (("b/0", 1), ("a/8", 0), ("b/1", 1))
    split = Split(data_set="set", seed=42, classes=("a", "b"), train=train, test=test)
    assert (split.classes_not_in_train, split.classes_not_in_test) == ([1], [])
    mended = split.with_every_class_trained()
    assert mended.train == (("b/0", 1), *train)
    assert mended.test == (("a/8", 0), ("b/1", 1))


def test_the_untrained_class_is_named_by_command_line(
    coloured_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Which of many classes of two images the draw holds out whole is the draw's business.
    for number in range(12):
        (coloured_folder / f"small {number:02}").mkdir()
        for image in range(2):
            pixels = np.full((20, 20, 3), 20 * number + image, np.uint8)
            write_image(coloured_folder / f"small {number:02}" / f"{image}.png", pixels)
    drawn = draw_split(open_folder(coloured_folder))
    assert drawn.classes_not_in_train
    out = tmp_path / "run"
    assert main([*OPTIONS, "--data", str(coloured_folder), "--out", str(out)]) == 0
    split = load_trained(out).split
    assert split.classes_not_in_train == []
    assert len(split.train) == len(drawn.train) + len(drawn.classes_not_in_train)
    printed = capsys.readouterr().out
    missing = drawn.classes_not_in_train
    assert f"drawn into the held-out part ({len(missing)}): {drawn.classes[missing[0]]}" in printed
    assert f"no image of these classes is held out ({len(split.classes_not_in_test)})" in printed


def test_the_summary_names_three_of_a_kind() -> None:
    findings = [DataIssue("unreadable", f"{i}.png", "torn") for i in range(5)] + [
        DataIssue("empty class", "x")
    ]
    assert summary(findings) == [
        "  left out, cannot be read (5): 0.png: torn; 1.png: torn; 2.png: torn; and 2 more",
        "  left out, class folders without an image (1): x",
    ]
