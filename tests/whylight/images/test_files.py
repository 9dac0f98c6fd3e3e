"""Which files of a folder are images, in which order they come, and images with a palette."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from whylight.drawing.heatmap import colour, rgb_table
from whylight.errors import ImageError
from whylight.images.decode import read_image
from whylight.images.encode import encode_indexed_png
from whylight.images.files import REPORT_MARKER, find_images


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in [
        "b.JPG",
        "a.png",
        "notes.txt",
        ".hidden.png",
        "png",
        "sub/c.webp",
        "sub/deep/d.tiff",
        ".git/e.png",
    ]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def names(root: Path, **options: object) -> list[str]:
    return [path.relative_to(root).as_posix() for path in find_images([root], **options)]


def test_images_come_sorted_folder_by_folder(tree: Path) -> None:
    assert names(tree) == ["a.png", "b.JPG", "sub/c.webp", "sub/deep/d.tiff"]


def test_numbers_in_names_count_as_numbers(tmp_path: Path) -> None:
    expected = ["img2.png", "IMG10.png", "img010b.png", "x1_y9.png", "x1_y10.png", "9/a.png", "10/a.png"]
    for name in reversed(expected):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert names(tmp_path) == expected


def test_without_recursion_sub_folders_stay_closed(tree: Path) -> None:
    assert names(tree, recursive=False) == ["a.png", "b.JPG"]


def test_what_is_named_is_given_whatever_it_is(tree: Path) -> None:
    named = [tree / "notes.txt", tree / "missing.png", tree / ".hidden.png"]
    assert list(find_images(named)) == named


def test_folders_are_told_once_with_and_without_images_before_what_is_in_them(tree: Path) -> None:
    (tree / "zoo").mkdir()
    told: list[Path] = []
    for path in find_images([tree], on_folder=told.append):
        assert path.parent == told[-1]
    assert told == [tree, tree / "sub", tree / "sub" / "deep", tree / "zoo"]
    told.clear()
    list(find_images([tree / "sub", tree / "sub"], recursive=False, on_folder=told.append))
    assert told == [tree / "sub"]


def test_panels_of_a_report_are_not_walked(tree: Path) -> None:
    panels = tree / "sub" / "panels"
    panels.mkdir()
    (panels / "c.image.png").touch()
    for name in ("index.html", "predictions.csv"):
        (tree / "sub" / name).touch()
    assert "sub/panels/c.image.png" in names(tree), "an ordinary folder of that name"
    (tree / "sub" / REPORT_MARKER).touch()
    assert "sub/panels/c.image.png" not in names(tree)
    assert names(panels) == ["c.image.png"], "unless they are named"


def test_it_is_lazy(tree: Path) -> None:
    images = find_images([tree / "first.png", tree / "sub"])
    assert next(images) == tree / "first.png"
    (tree / "sub" / "added.png").touch()
    assert next(images) == tree / "sub" / "added.png"


def test_loops_of_symbolic_links_end_and_no_folder_is_walked_twice(tree: Path) -> None:
    try:
        (tree / "sub" / "back").symlink_to(tree, target_is_directory=True)
        (tree / "zoo").symlink_to(tree / "sub", target_is_directory=True)
    except OSError:
        pytest.skip("this system refuses symbolic links")
    assert names(tree) == ["a.png", "b.JPG", "sub/c.webp", "sub/deep/d.tiff"]


def test_a_folder_that_cannot_be_listed_is_told_and_the_walk_goes_on(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refusing(folder: Path) -> object:  # root may list everything, so the refusal is acted
        if folder.name == "sub":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    (tree / "zoo").mkdir()
    (tree / "zoo" / "z.png").touch()
    monkeypatch.setattr(os, "scandir", refusing)
    told: list[tuple[Path, str]] = []
    found = list(find_images([tree], on_error=lambda folder, error: told.append((folder, str(error)))))
    assert [path.name for path in found] == ["a.png", "b.JPG", "z.png"]
    assert told == [(tree / "sub", f"{tree / 'sub'}: the folder cannot be listed: Permission denied")]
    with pytest.raises(ImageError, match="cannot be listed"):
        list(find_images([tree]))


@pytest.mark.parametrize("size", [(1, 1), (7, 13), (300, 200)])
def test_a_png_with_a_palette_decodes_to_the_coloured_levels(size: tuple[int, int]) -> None:
    levels = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    data = encode_indexed_png(levels, rgb_table("viridis"))
    np.testing.assert_array_equal(read_image(data), colour(levels, "viridis"))
    with Image.open(io.BytesIO(data)) as seen:  # a reader that checks more than OpenCV does
        np.testing.assert_array_equal(np.asarray(seen.convert("RGB")), colour(levels, "viridis"))
