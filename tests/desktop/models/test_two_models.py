"""Two models beside each other: names, classes, adoption, and where they differ most."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.gallery.difference import difference, shared_classes
from desktop.gallery.image_table import Order
from tests.desktop.models.test_adoption import choose, network_without_maps


@pytest.fixture
def swapped(make_pair, colours, tmp_path):
    """`colours` with red and blue taken for each other, and a class of its own in place of nothing."""
    from dataclasses import replace

    from whylight.pair.build import bind
    from whylight.pair.files import load_pair, save_pair

    pair = load_pair(colours)
    card = replace(pair.card, classes=("blue", "green", "red", "else"), name="Swapped")
    path = tmp_path / "swapped.onnx"
    save_pair(bind(pair.forward, pair.gradient, card), path)
    return path


def open_both(open_window, colours, images, second, wait_until):
    window = open_window(images, model=colours)
    window.second_model.open(second)
    wait_until(lambda: window.second_model.is_open and not window.busy)
    return window


def test_titles_name_files_and_the_class_on_show(open_window, colours, swapped, images, wait_until):
    window = open_both(open_window, colours, images, swapped, wait_until)
    assert window.panels._title.startswith("Colours colours (colours.onnx): red,")
    second = window.second_panels._title
    assert second.startswith("Swapped (swapped.onnx): blue, ")
    answers = window.second_model.session.explanation.probabilities
    assert answers[2] < 0.001
    assert second.endswith("; red, < 0.1 %")
    QTest.keyClick(window, Qt.Key.Key_C)
    window.session.ask(type(window.session.question)(3))
    wait_until(lambda: not window.busy)
    assert window.second_panels._title.endswith("; it has no class “nothing”")


def test_the_second_has_its_own_list_of_classes(open_window, colours, swapped, images, wait_until):
    window = open_both(open_window, colours, images, swapped, wait_until)
    panel = window.second_class_panel
    assert panel.isVisible()
    assert window.second_classes.title.text() == "Second model: Swapped (swapped.onnx)"
    names = [panel.classes.index(row, 0).data() for row in range(4)]
    assert names[0] == "blue", "which it takes red for"
    assert set(names) == {"blue", "green", "red", "else"}
    panel.view.setCurrentIndex(panel.classes.index(names.index("green"), 0))
    wait_until(lambda: not window.busy)
    assert window.session.question.class_index == 1
    assert window.second_model.session.question.class_index == 1
    panel.view.setCurrentIndex(panel.classes.index(names.index("else"), 0))
    wait_until(lambda: not window.busy)
    assert window.second_model.session.question.class_index == 3
    assert window.session.question.class_index == 1, "the first has no such class"
    window.second_model.toggle()
    assert not panel.isVisible()


def test_a_foreign_second_model_is_adopted_on_the_spot(open_window, colours, images, tmp_path, wait_until):
    path = tmp_path / "theirs.onnx"
    onnx.save(network_without_maps(), path)
    window = open_window(images, model=colours)
    window.adoption.folder = tmp_path / "adopted"
    window.second_model.open(path)
    wait_until(lambda: window.adopt_form.isVisible() and not window.busy)
    choose(window.adopt_form.images.preset, "unit")
    wait_until(lambda: not window.busy)
    QTest.mouseClick(window.adopt_form.open, Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.adopt_form.isVisible() and not window.busy)
    assert window.session.opened_model.explainer.model_path == colours
    second = window.second_model.session
    assert second.opened_model.explainer.model_path.name == "theirs.onnx"
    assert second.explanation.method == "occlusion", "it has no gradients"
    assert window.second_panels.isVisible()


def test_the_folder_is_sorted_by_where_they_differ_most(open_window, colours, swapped, images, wait_until):
    window = open_both(open_window, colours, images, swapped, wait_until)
    order = window.gallery_panel.filter_bar.order
    choose(order, Order.DIFFERENCE)
    wait_until(lambda: not window.busy)
    table, listed = window.gallery_panel.images.table, window.gallery_panel.images
    explainers = (window.session.opened_model.explainer, window.second_model.session.opened_model.explainer)
    expected = {}
    for path in listed.paths:
        one, other = (explainer.predict(path) for explainer in explainers)
        # Red against blue, blue against red, green the same; nothing and else are one model's alone.
        expected[path.name] = (
            abs(one[0] - other[2]) + abs(one[2] - other[0]) + abs(one[1] - other[1]) + one[3] + other[3]
        ) / 2
    found = {path.name: float(table.differences[index]) for index, path in enumerate(listed.paths)}
    assert found == pytest.approx(expected, abs=1e-5)
    shown = [path.name for path in listed.shown_paths]
    assert shown == sorted(shown, key=lambda name: -expected[name])
    assert shown[-1] in ("b.png", "mistake.png"), "about green they agree"
    tip = listed.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert f"The two models differ by {100 * expected[shown[0]]:.0f} %." in tip
    window.second_model.toggle()
    assert order.findData(Order.DIFFERENCE) < 0
    assert order.currentData() is not Order.DIFFERENCE
    wait_until(lambda: not window.busy)


def test_difference_is_the_total_variation_distance():
    shared = shared_classes(("Cat", "dog"), ("dog", "cat"))
    assert shared == ([0, 1], [1, 0])
    one, other = np.array([0.9, 0.1], np.float32), np.array([0.8, 0.2], np.float32)
    assert difference(one, other, shared) == pytest.approx(0.7)
    assert difference(one, one[::-1], shared) == pytest.approx(0)
    apart = shared_classes(("a",), ("b", "c"))
    assert difference(np.ones(1, np.float32), np.array([0.4, 0.6], np.float32), apart) == pytest.approx(1)
