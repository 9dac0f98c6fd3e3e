from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from torch.utils.data import random_split

from trainer.data.image_set import ImageDataset
from trainer.data.split import Split, draw_split
from whylight.errors import TrainingError


def _images(count: int) -> ImageDataset:
    return ImageDataset(
        name="numbers",
        attribution="",
        root=Path("nowhere"),
        classes=("even", "odd"),
        paths=tuple(f"{i % 2}/{i:04}.png" for i in range(count)),
        labels=tuple(i % 2 for i in range(count)),
    )


def test_the_split_is_random_split_with_seed_42() -> None:
    images = _images(9144)
    train, test = random_split(range(9144), [7315, 1829], generator=torch.Generator().manual_seed(42))
    split = draw_split(images)
    assert [path for path, _ in split.train] == [images.paths[i] for i in train]
    assert [path for path, _ in split.test] == [images.paths[i] for i in test]
    assert all(label == int(path[0]) for path, label in split.train + split.test)


def test_every_image_is_in_one_part() -> None:
    images = _images(101)
    split = draw_split(images)
    assert sorted(split.train + split.test) == sorted(zip(images.paths, images.labels, strict=True))
    assert (len(split.train), len(split.test)) == (80, 21)


def test_choosing_happens_within_the_training_part() -> None:
    split = draw_split(_images(9144))
    inner = split.validation_split()
    assert inner.train + inner.test == split.train
    assert (len(inner.train), len(inner.test)) == (6583, 732)
    assert inner.sha256 != split.sha256


def test_a_few_images_of_each_class_are_trained_on() -> None:
    split = draw_split(_images(101))
    few = split.with_at_most(3)
    counts = Counter(label for _, label in few.train)
    whole = Counter(label for _, label in split.train)
    assert counts == {label: min(3, count) for label, count in whole.items()}
    assert [sample for sample in split.train if sample in few.train] == list(few.train)
    assert few.test == split.test
    assert few.sha256 != split.sha256


def test_too_few_images_to_choose_with() -> None:
    with pytest.raises(TrainingError, match="1 training images are too few"):
        draw_split(_images(2)).validation_split()


def test_it_survives_the_file_and_notices_changes(tmp_path: Path) -> None:
    split = draw_split(_images(20))
    file = tmp_path / "split.json"
    split.save(file)
    assert Split.load(file) == split
    file.write_text(file.read_text().replace("0/0004.png", "0/0400.png"))
    with pytest.raises(TrainingError, match="SHA-256"):
        Split.load(file)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"seed": 42, "train": 3}'])
def test_a_file_that_is_no_split_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "split.json"
    file.write_text(content)
    with pytest.raises(TrainingError, match=r"split\.json"):
        Split.load(file)


def test_one_image_cannot_be_split() -> None:
    with pytest.raises(TrainingError, match="too few"):
        draw_split(_images(1))
