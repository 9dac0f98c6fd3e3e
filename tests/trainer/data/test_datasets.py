from __future__ import annotations

from pathlib import Path

import pytest

from trainer.data.caltech101 import open_caltech101
from trainer.data.caltech256 import list_caltech256, open_caltech256
from trainer.data.image_folder import open_folder
from trainer.progress.event import ProgressEvent
from whylight.errors import TrainingError


def _touch(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def _ignore(_: ProgressEvent) -> None: ...


def test_folder_classes_are_sub_folders_with_images(tmp_path: Path) -> None:
    _touch(
        *(tmp_path / name for name in ("b/2.JPG", "b/1.png", "b/notes.txt", "b/.hidden.png")),
        *(tmp_path / name for name in ("a/x.jpeg", "B/y.bmp", ".git/z.png", "empty/readme.md", "loose.png")),
    )
    images = open_folder(tmp_path)
    assert images.classes == ("B", "a", "b")
    assert images.paths == ("B/y.bmp", "a/x.jpeg", "b/1.png", "b/2.JPG")
    assert images.labels == (0, 1, 2, 2)
    assert images.name == tmp_path.name


def test_a_folder_without_two_classes_is_refused(tmp_path: Path) -> None:
    _touch(tmp_path / "only" / "1.png")
    with pytest.raises(TrainingError, match="one class folder with images, 'only'"):
        open_folder(tmp_path)
    with pytest.raises(TrainingError, match="is no folder"):
        open_folder(tmp_path / "only" / "1.png")


def test_caltech256_labels_come_from_the_prefix_and_dirt_is_left_out(tmp_path: Path) -> None:
    _touch(
        tmp_path / "001.ak47" / "001_0001.jpg",
        tmp_path / "002.american-flag" / "002_0002.jpg",
        tmp_path / "002.american-flag" / "002_0001.jpg",
        tmp_path / "003.dog" / "003_0001.jpg",
        tmp_path / "003.dog" / "greg" / "vision309" / "003_0009.jpg",
        tmp_path / "004.spider" / "004_0001.jpg",
        tmp_path / "004.spider" / "RENAME2",
        tmp_path / "notes" / "1.jpg",
    )
    images = list_caltech256(tmp_path)
    assert images.classes == ("ak47", "american-flag", "dog", "spider")
    assert list(zip(images.paths, images.labels, strict=True)) == [
        ("001.ak47/001_0001.jpg", 0),
        ("002.american-flag/002_0001.jpg", 1),
        ("002.american-flag/002_0002.jpg", 1),
        ("003.dog/003_0001.jpg", 2),
        ("004.spider/004_0001.jpg", 3),
    ]


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (("001.a", "003.c"), "0 class folders with the number 002"),
        (("001.a", "001.b", "002.c"), "2 class.*001"),
    ],
)
def test_caltech256_numbers_must_be_complete(tmp_path: Path, folders: tuple[str, ...], message: str) -> None:
    _touch(*(tmp_path / folder / "1.jpg" for folder in folders))
    with pytest.raises(TrainingError, match=message):
        list_caltech256(tmp_path)


def test_incomplete_data_sets_are_refused_with_both_counts(tmp_path: Path) -> None:
    _touch(*(tmp_path / "256_ObjectCategories" / f"00{i}.c" / "1.jpg" for i in (1, 2)))
    with pytest.raises(TrainingError, match="2 images in 2 classes: expected 30,607 in 257"):
        open_caltech256(tmp_path, _ignore)
    _touch(*(tmp_path / "101_ObjectCategories" / name / "image_0001.jpg" for name in "ab"))
    with pytest.raises(TrainingError, match="2 images in 2 classes: expected 9,144 in 102"):
        open_caltech101(tmp_path / "101_ObjectCategories", _ignore)


def test_the_real_sample_has_257_classes_in_the_order_of_their_numbers(caltech256_sample: Path) -> None:
    images = list_caltech256(caltech256_sample)
    assert (len(images.classes), len(set(images.classes)), len(images.paths)) == (257, 257, 514)
    assert (images.classes[0], images.classes[256]) == ("ak47", "clutter")
    assert all(int(p[:3]) == y + 1 for p, y in zip(images.paths, images.labels, strict=True))
