"""Methods, contrasts and scales: what is asked of an image and how its map is drawn."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.session import rendering
from desktop.session.color_scale import Scale
from desktop.session.question import Kind, Question
from whylight.drawing.scales import FULL_SCALE
from whylight.images.encode import write_image
from whylight.methods import WITHOUT_GRADIENTS, methods_of_gradients

RED, BLUE = (20, 5), (20, 75)
"""Spots (row, column) of the image `halves`."""


@pytest.fixture
def window(open_window, colours, images):
    return open_window(images / "mixed" / "halves.png", model=colours)


def choose(box, data) -> None:
    box.setCurrentIndex(box.findData(data))


def test_every_method_is_offered_and_switching_does_not_run_the_network_again(window, graph_runs, wait_until):
    """Grad-CAM needs but the means of the gradients; the first method that needs all of them asks once."""
    box = window.tool_bar.method
    assert [box.itemData(row) for row in range(box.count())] == [
        *methods_of_gradients(),
        *WITHOUT_GRADIENTS,
    ]
    choose(window.tool_bar.scale, Scale.ITSELF)  # a common scale needs the maps of the other classes, too
    wait_until(lambda: not window.busy)
    QTest.keyClick(window, Qt.Key.Key_M)
    assert box.hasFocus()
    runs = dict(graph_runs)
    for method in methods_of_gradients():
        choose(box, method)
        wait_until(lambda: not window.busy)
        assert window.session.explanation.method == method
    assert graph_runs["forward"] == runs["forward"]
    assert graph_runs["gradient"] <= runs["gradient"] + 1


def test_a_method_stays_for_the_images_to_come(window, images, wait_until):
    choose(window.tool_bar.method, "layercam")
    window.gallery.search.open_paths([images / "003.blue" / "c.png"])
    wait_until(lambda: not window.busy)
    assert window.session.explanation.method == "layercam"


def test_a_method_chosen_while_a_image_is_on_its_way_is_that_of_its_map(
    window, images, wait_until, monkeypatch
):
    begun, gate, load_image = threading.Event(), threading.Event(), rendering.load_image

    def read_late(path):
        begun.set()
        assert gate.wait(20)
        return load_image(path)

    monkeypatch.setattr(rendering, "load_image", read_late)
    window.gallery.search.open_paths([images / "003.blue" / "c.png"])
    assert begun.wait(20)
    choose(window.tool_bar.method, "layercam")
    gate.set()
    wait_until(lambda: not window.busy)
    assert window.session.explanation.method == "layercam"
    assert window.panels.drawing.image.path.name == "c.png"


def test_a_class_is_held_against_another(window, graph_runs, wait_until):
    """The logits are ten times the channels' means: red rather than blue is +10 on red, -10 on blue."""
    bar = window.class_panel.question_bar
    assert bar.words.text() == "Why red?"
    assert bar.other.currentText() == "blue", "the most likely other class"
    QTest.keyClick(window, Qt.Key.Key_R)
    wait_until(lambda: not window.busy)
    assert bar.words.text() == "Why red rather than blue?"
    assert window.session.explanation.score_weights.tolist() == [[1, 0, -1, 0]]
    assert window.panels.drawing.evidence[RED] == pytest.approx(1, abs=1e-3)
    assert window.panels.drawing.evidence[BLUE] == pytest.approx(0, abs=1e-3)
    bar.other.setCurrentText("green")
    bar.other.activated.emit(bar.other.currentIndex())
    wait_until(lambda: not window.busy)
    assert bar.words.text() == "Why red rather than green?"
    assert graph_runs["forward"] == 0


def test_what_speaks_against_a_class(window, wait_until):
    """Nothing in an image lowers the logit of red, so there is no evidence against it."""
    QTest.mouseClick(window.class_panel.question_bar.kinds[Kind.AGAINST], Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    assert window.session.explanation.score_weights.tolist() == [[-1, 0, 0, 0]]
    assert window.class_panel.question_bar.words.text() == "What speaks against red?"
    assert window.panels.drawing.peak <= 0
    QTest.keyClick(window, Qt.Key.Key_W)
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.question == Question(0)


def test_a_question_that_fails_leaves_the_last_answer_and_can_be_asked_again(window, wait_until, monkeypatch):
    def fail(*_):
        raise MemoryError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(rendering, "ask", fail)
        window.class_panel.view.setCurrentIndex(window.class_panel.classes.index(1, 0))
        wait_until(lambda: not window.busy)
    assert "no room" in window.message_bar.label.text()
    assert window.class_panel.view.currentIndex().data() == "red"
    assert window.class_panel.question_bar.words.text() == "Why red?"
    window.class_panel.view.setCurrentIndex(window.class_panel.classes.index(1, 0))
    wait_until(lambda: not window.busy)
    assert window.session.question == Question(2)
    assert window.class_panel.question_bar.words.text() == "Why blue?"


def test_one_scale_for_the_classes_and_one_for_the_folder(open_window, colours, images, tmp_path, wait_until):
    """Grad-CAM of a class is its channel times the mean gradient, so a darker red is weaker evidence."""
    dark = tmp_path / "dark" / "dark.png"
    dark.parent.mkdir()
    red = (images / "001.red" / "a.png").read_bytes()
    (dark.parent / "bright.png").write_bytes(red)
    write_image(dark, np.full((40, 60, 3), (102, 0, 0), np.uint8))
    window = open_window(dark, model=colours)
    peak = window.panels.drawing.peak
    assert window.panels.drawing.scale is Scale.CLASSES, "weak evidence looks weak from the start"
    choose(window.tool_bar.scale, Scale.FOLDER)
    wait_until(lambda: not window.busy)
    drawing = window.panels.drawing
    assert drawing.strongest == pytest.approx(peak * 255 / 102, rel=1e-4)
    assert drawing.evidence.max() == pytest.approx(102 / 255, rel=1e-3)
    choose(window.tool_bar.scale, Scale.CLASSES)
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.strongest == pytest.approx(peak)
    assert window.panels.drawing.evidence.max() == pytest.approx(1, rel=1e-3)


def test_the_absolute_scale_is_the_same_for_any_image(open_window, colours, images, wait_until):
    """Class red's logit is ten times the mean of red, so wholly red is a density of 10 logits everywhere."""
    window = open_window(images / "001.red" / "a.png", model=colours)
    choose(window.tool_bar.scale, Scale.ABSOLUTE)
    wait_until(lambda: not window.busy)
    drawing = window.panels.drawing
    assert drawing.scale is Scale.ABSOLUTE
    assert drawing.strongest == pytest.approx(FULL_SCALE)
    assert drawing.evidence.max() == pytest.approx(10 / FULL_SCALE, rel=1e-3)
    choose(window.tool_bar.method, "grad-cam++")
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.scale is None, "no absolute scale, and it says so"
    assert window.panels.drawing.strongest == window.panels.drawing.peak
