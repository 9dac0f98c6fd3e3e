"""The sentence above the panels says what the map shows, and nothing that was not established."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.session.place import Place, main_place
from desktop.session.question import Kind, Question
from whylight.images.encode import write_image


@pytest.fixture
def window(open_window, colours, images):
    """On an image whose left 50 columns of 80 are red, the rest blue."""
    return open_window(images / "mixed" / "halves.png", model=colours)


def choose(window, method: str, wait_until) -> None:
    window.tool_bar.method.setCurrentIndex(window.tool_bar.method.findData(method))
    wait_until(lambda: not window.busy)


def test_the_sentence_names_class_probability_and_place(window, wait_until):
    assert window.answer_bar.text.startswith("red, 9")
    assert "mainly in the left half (" in window.answer_bar.text
    window.class_panel.question_asked.emit(Question(2, Kind.AGAINST))
    wait_until(lambda: not window.busy)
    assert window.answer_bar.text.startswith("Grad-CAM finds no evidence against blue at this layer.")
    window.class_panel.question_asked.emit(Question(0))
    wait_until(lambda: not window.busy)
    QTest.keyClick(window, Qt.Key.Key_R)
    wait_until(lambda: not window.busy)
    assert " rather than blue (" in window.answer_bar.text


def test_evidence_that_looks_blue_is_called_weak(open_window, colours, images, wait_until):
    """Blue is a hundredth of red here, and both share a scale."""
    write_image(images / "faint.png", np.full((40, 60, 3), (250, 0, 20), np.uint8))
    window = open_window(images / "faint.png", model=colours)
    window.class_panel.question_asked.emit(Question(2))
    wait_until(lambda: not window.busy)
    assert ": weak evidence, at most 8 % of what red stands for" in window.answer_bar.text


def test_evidence_that_is_there_is_never_called_0_percent(window):
    bar, drawing = window.answer_bar, window.panels.drawing
    faint = replace(drawing, evidence=drawing.evidence * (0.004 / drawing.evidence.max()))
    assert "hardly any evidence, less than 1 % of what red stands for" in bar._evidence_words(faint)
    more = replace(drawing, evidence=drawing.evidence * (0.112 / drawing.evidence.max()))
    assert "at most 12 % of what red" in bar._evidence_words(more)  # 11 % would be exceeded


def test_a_method_that_knows_no_class_says_so_and_takes_no_question(window, wait_until):
    choose(window, "eigencam", wait_until)
    bar = window.class_panel.question_bar
    assert window.answer_bar.text.startswith("EigenCAM shows what the network reacts to, whatever the class")
    assert "The method knows no class" in bar.words.text()
    assert not any(button.isEnabled() for button in bar.kinds.values())
    question = window.session.question
    QTest.keyClick(window, Qt.Key.Key_A)
    wait_until(lambda: not window.busy)
    assert window.session.question == question
    choose(window, "grad-cam", wait_until)
    assert all(button.isEnabled() for button in bar.kinds.values())
    assert bar.words.text() == "Why red?"


def test_an_empty_map_is_no_proof_and_the_recommended_one_is_a_click_away(
    open_window, colours, images, wait_until
):
    """A wholly red image has no blue at all, so Grad-CAM of blue is empty."""
    window = open_window(images / "001.red" / "a.png", model=colours)
    assert not window.answer_bar.button.isVisible()
    window.class_panel.question_asked.emit(Question(2))
    wait_until(lambda: not window.busy)
    assert window.answer_bar.text.startswith("Grad-CAM finds no evidence for blue at this layer.")
    assert "does not prove" in window.answer_bar.text
    choose(window, "layercam", wait_until)
    assert window.answer_bar.text == "LayerCAM finds no evidence for blue at this layer."
    window.layers.choose("early")
    wait_until(lambda: not window.busy)
    assert window.answer_bar.button.isVisible()
    QTest.mouseClick(window.answer_bar.button, Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    assert (window.session.method, window.session.opened_model.explainer.layer) == ("grad-cam", "channels")
    assert window.tool_bar.method.currentData() == "grad-cam"
    assert not window.answer_bar.button.isVisible()


@pytest.mark.parametrize(
    ("rows", "columns", "place"),
    [
        (slice(0, 5), slice(0, 5), Place.UPPER_LEFT),
        (slice(15, 25), slice(15, 25), Place.MIDDLE),
        (slice(0, 40), slice(0, 10), Place.LEFT_THIRD),
        (slice(20, 40), slice(0, 40), Place.LOWER),
    ],
)
def test_the_place_is_the_smallest_that_holds_most(rows, columns, place):
    evidence = np.zeros((40, 40), np.float32)
    evidence[rows, columns] = 1
    found = main_place(evidence)
    assert found is not None
    assert found[0] is place
    assert found[1] == pytest.approx(1, abs=0.01)


def test_even_or_missing_evidence_has_no_place():
    assert main_place(np.ones((40, 40), np.float32)) is None
    assert main_place(np.zeros((40, 40), np.float32)) is None


def test_the_strongest_colour_is_called_by_its_name(window, wait_until):
    label = window.tool_bar._scale_label
    assert label.text() == "Red means"
    window.tool_bar.colour_map.setCurrentIndex(window.tool_bar.colour_map.findData("viridis"))
    wait_until(lambda: not window.busy)
    assert label.text() == "Yellow means"
    assert window.panels.drawing.colour_map == "viridis"
