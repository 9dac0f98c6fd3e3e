"""The lists behind the views: images and their filter, classes and their order, class folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from desktop.classes.class_list import CLASS_ROLE, PROBABILITY_ROLE, ClassList
from desktop.gallery.image_list import ImageList, Prediction
from desktop.gallery.image_table import ImageFilter, Order
from whylight.class_names import FolderLabels

CLASSES = ("American flag", "ak47", "water_lilly", "clutter")


def shown(images: ImageList) -> list[str]:
    return [str(images.path_at(row)) for row in range(images.rowCount())]


def test_filter_wants_every_word_in_folder_or_name(application):
    images = ImageList()
    images.add([Path("Cats/Tom.jpg"), Path("cats/felix.png"), Path("dogs/tom.jpg")])
    images.set_filter(ImageFilter(words=("tom",)))
    assert shown(images) == ["Cats/Tom.jpg", "dogs/tom.jpg"]
    images.set_filter(ImageFilter(words=("tom", "cat")))
    assert shown(images) == ["Cats/Tom.jpg"]
    images.add([Path("cats/tomato.jpg"), Path("cats/other.jpg")])
    assert shown(images) == ["Cats/Tom.jpg", "cats/tomato.jpg"]
    assert images.row_of(Path("cats/tomato.jpg")) == 1
    assert images.row_of(Path("dogs/tom.jpg")) is None
    images.set_filter(ImageFilter())
    assert images.rowCount() == images.total == 5


@pytest.mark.parametrize("order", Order)
def test_what_is_left_after_a_removal_is_as_if_the_rest_had_never_been(application, order):
    found = [Path(folder, f"{number}.png") for folder in ("ak47", "clutter") for number in range(12)]
    known = [Prediction(path, number % 3, number / 30) for number, path in enumerate(found[::2])]
    gone = [*found[3:6], found[11], found[-1], Path("never/there.png")]
    image_filter = ImageFilter(words=("1",), order=order)
    left, fresh = ImageList(), ImageList()
    for images, paths in ((left, found), (fresh, [path for path in found if path not in gone])):
        images.set_classes(CLASSES)
        images.add(paths)
        images.predict(known)
        images.set_filter(image_filter)
    left.remove(gone)
    assert shown(left) == shown(fresh)
    for images in (left, fresh):
        images.add([Path("water_lilly/1.png")])
        images.predict([Prediction(Path("water_lilly/1.png"), 1, 0.99)])
        images.arrange()
    assert shown(left) == shown(fresh)
    assert left.paths == fresh.paths
    np.testing.assert_array_equal(left.table.labels, fresh.table.labels)
    np.testing.assert_array_equal(left.table.predicted, fresh.table.predicted)
    np.testing.assert_array_equal(left.table.probabilities, fresh.table.probabilities)
    assert left.rows_of(found).tolist() == fresh.rows_of(found).tolist()
    assert left.neighbour_folder(0, 1) == fresh.neighbour_folder(0, 1)


def test_sorted_by_name_numbers_count_as_numbers(application):
    images = ImageList()
    images.add([Path("a/IMG_10.png"), Path("b/img_9.png"), Path("a/img_100.png")])
    images.set_filter(ImageFilter(order=Order.NAME))
    assert shown(images) == ["b/img_9.png", "a/IMG_10.png", "a/img_100.png"]


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
