"""The lists behind the views: pictures and their filter, classes and their order, class folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from desktop.classes import CLASS_ROLE, PROBABILITY_ROLE, ClassList
from desktop.facts import Order, Wish
from desktop.labels import FolderLabels
from desktop.pictures import PictureList

CLASSES = ("American flag", "ak47", "water_lilly", "clutter")


def shown(pictures: PictureList) -> list[str]:
    return [str(pictures.path_at(row)) for row in range(pictures.rowCount())]


def test_filter_wants_every_word_in_folder_or_name(application):
    pictures = PictureList()
    pictures.add([Path("Cats/Tom.jpg"), Path("cats/felix.png"), Path("dogs/tom.jpg")])
    pictures.set_wish(Wish(words=("tom",)))
    assert shown(pictures) == ["Cats/Tom.jpg", "dogs/tom.jpg"]
    pictures.set_wish(Wish(words=("tom", "cat")))
    assert shown(pictures) == ["Cats/Tom.jpg"]
    pictures.add([Path("cats/tomato.jpg"), Path("cats/other.jpg")])
    assert shown(pictures) == ["Cats/Tom.jpg", "cats/tomato.jpg"]
    assert pictures.row_of(Path("cats/tomato.jpg")) == 1
    assert pictures.row_of(Path("dogs/tom.jpg")) is None
    pictures.set_wish(Wish())
    assert pictures.rowCount() == pictures.total == 5


def test_sorted_by_name_numbers_count_as_numbers(application):
    pictures = PictureList()
    pictures.add([Path("a/IMG_10.png"), Path("b/img_9.png"), Path("a/img_100.png")])
    pictures.set_wish(Wish(order=Order.NAME))
    assert shown(pictures) == ["b/img_9.png", "a/IMG_10.png", "a/img_100.png"]


def test_classes_are_sorted_by_probability_and_keep_the_order_of_equals(application):
    classes = ClassList()
    classes.set_classes(CLASSES)
    classes.set_probabilities(np.array([0.1, 0.4, 0.1, 0.4], np.float32))
    rows = [classes.index(row, 0) for row in range(classes.rowCount())]
    assert [index.data(CLASS_ROLE) for index in rows] == [1, 3, 0, 2]
    assert [index.data(PROBABILITY_ROLE) for index in rows] == pytest.approx([0.4, 0.4, 0.1, 0.1])
    classes.set_search("A flag")
    assert classes.index(0, 0).data() == "American flag"
    assert classes.rowCount() == 1
    assert classes.row_of(1) is None


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("ak47", 1),
        ("001.ak47", 1),
        ("002.american-flag", 0),
        ("Water Lilly", 2),
        ("257.clutter", 3),
        ("holiday", None),
        ("american", None),
    ],
)
def test_folders_named_after_classes_are_understood(folder, expected):
    assert FolderLabels(CLASSES).label_of(Path("/data") / folder / "x.jpg") == expected
