"""Folders with a detector: what was found on tiles, counts per class, and a filter by it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest

import whylight
from desktop.gallery.image_list import Prediction
from desktop.gallery.image_table import NOTHING, UNKNOWN, ImageFilter, ImageTable
from desktop.gallery.predictor import predicted_of
from tests.whylight.helpers.detectors import detector, selective
from whylight.images.encode import write_image


@pytest.fixture
def table():
    """Four images: a cat and two dogs, a dog, nothing, and one that is not predicted yet."""
    table = ImageTable()
    table.add(["folder/a", "folder/b", "folder/c", "folder/d"], [UNKNOWN] * 4)
    table.predict(0, 1, 0.9, ((1, 2), (0, 1)))
    table.predict(1, 1, 0.8, ((1, 1),))
    table.predict(2, NOTHING, 0.1, ())
    return table


def shown(table, predicted):
    return table.arranged(ImageFilter(predicted=predicted)).tolist()


def test_images_are_shown_by_any_class_found_in_them(table):
    assert shown(table, 0) == [0]
    assert shown(table, 1) == [0, 1]
    assert shown(table, NOTHING) == [2]
    assert shown(table, None) == [0, 1, 2, 3]
    assert table.arranged(ImageFilter(predicted=1), 1).tolist() == [1]


def test_boxes_and_images_are_counted_by_class(table):
    assert table.found_counts() == {1: (3, 2), 0: (1, 1), NOTHING: (0, 1)}
    table.predict(0, NOTHING, 0.1, ())
    assert table.found_counts() == {1: (1, 1), NOTHING: (0, 2)}
    table.predict(2, UNKNOWN, 0.0)
    assert table.found_counts() == {1: (1, 1), NOTHING: (0, 1)}
    table.forget_predictions()
    assert table.found_counts() == {}


def test_removed_images_are_counted_no_more(table):
    table.keep(np.array([False, True, True, True]))
    assert table.found_counts() == {1: (1, 1), NOTHING: (0, 1)}
    assert shown(table, 1) == [0]
    assert shown(table, NOTHING) == [1]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("detector")
    onnx.save(selective(detector(), 3), folder / "detector.onnx")
    whylight.adopt(folder / "detector.onnx", folder / "pair.onnx")
    return folder / "pair.onnx"


@pytest.fixture
def folder(tmp_path):
    """Images in a folder that is named after a class of the detector."""
    rng = np.random.default_rng(5)
    (tmp_path / "cat").mkdir()
    for name in "abc":
        coarse = rng.integers(0, 256, (8, 8, 3), np.uint8)
        write_image(tmp_path / "cat" / f"{name}.png", np.kron(coarse, np.ones((8, 8, 1), np.uint8)))
    write_image(tmp_path / "cat" / "dark.png", np.zeros((64, 64, 3), np.uint8))
    return tmp_path / "cat"


def test_tiles_and_filter_show_what_was_found(open_window, wait_until, model, folder):
    explainer = whylight.Explainer(model)
    found = {path.name: explainer.find_boxes(path) for path in sorted(folder.iterdir())}
    names = [box.class_name for boxes in found.values() for box in boxes]
    assert names
    window = open_window(folder, model=model)
    images, box = window.gallery_panel.images, window.gallery_panel.filter_bar.predicted
    listed = {box.itemText(row) for row in range(1, box.count())}
    holding = {
        name: sum(name in [box.class_name for box in boxes] for boxes in found.values()) for name in names
    }
    expected = {f"{name} ({names.count(name)} in {images_with})" for name, images_with in holding.items()}
    if nothing := sum(not boxes for boxes in found.values()):
        expected.add(f"Nothing found ({nothing})")
    assert listed == expected
    for row in range(images.rowCount()):
        path = images.path_at(row)
        words = images.data(images.index(row, 0), 0x0100 + 1).words
        for boxed in found[path.name]:
            assert boxed.class_name in words
        assert (words == "nothing found") == (not found[path.name])
    # Filter by each class in turn.
    for row in range(1, box.count()):
        box.setCurrentIndex(row)
        wait_until(lambda: not window.busy)
        wanted = box.currentData()
        fitting = [
            name
            for name, boxes in found.items()
            if (not boxes if wanted == NOTHING else wanted in [each.class_index for each in boxes])
        ]
        assert [path.name for path in images.shown_paths] == fitting
    # The folder's name is no label of what is found in it.
    assert not window.gallery_panel.filter_bar.labelled.isVisible()


def test_predictions_name_the_best_box_and_count_the_others(model, folder):
    explainer = whylight.Explainer(model)
    for path in folder.iterdir():
        explanation, boxes = explainer.explain(path, top=1), explainer.find_boxes(path)
        predicted = predicted_of(replace(explanation, boxes=boxes))
        assert predicted.found is not None
        assert sum(count for _, count in predicted.found) == len(boxes)
        best = boxes[0].class_index if boxes else NOTHING
        assert predicted.class_index == best
        assert Prediction(path, best, predicted.probability, predicted.found).found == predicted.found
