"""Another layer of the open model: listed when it is looked for, asked the same question, kept in view."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.session.question import Kind
from whylight.errors import ModelError
from whylight.explainer import Explainer


@pytest.fixture
def window(open_window, colours, images):
    return open_window(images / "mixed" / "halves.png", model=colours)


def list_layers(window, wait_until) -> list[str]:
    """Focus the list with its key, which asks for it; return the layers, the last to be computed first."""
    QTest.keyClick(window, Qt.Key.Key_L)
    assert window.tool_bar.layer.hasFocus()
    wait_until(lambda: not window.busy and window.tool_bar.layer.count() > 1, "the layers")
    box = window.tool_bar.layer
    return [box.itemData(row) for row in range(box.count())]


def choose(window, layer: str, wait_until) -> None:
    box = window.tool_bar.layer
    box.setCurrentIndex(box.findData(layer))
    box.activated.emit(box.currentIndex())
    wait_until(lambda: not window.busy)


def test_layers_are_listed_on_demand_with_the_explained_one_marked(window, wait_until):
    box = window.tool_bar.layer
    assert (box.count(), box.currentData()) == (1, "channels"), "listing costs time that nobody asked for"
    names = list_layers(window, wait_until)
    assert set(names) >= {"channels"}
    assert len(set(names)) == len(names) > 1
    assert box.currentData() == "channels"
    assert "32 × 32" in box.currentText()


def test_the_mouse_opens_the_list_once_it_is_there(window, wait_until):
    QTest.mouseClick(window.tool_bar.layer, Qt.MouseButton.LeftButton)
    wait_until(lambda: window.tool_bar.layer.view().isVisible(), "the list")
    assert window.tool_bar.layer.count() > 1
    window.tool_bar.layer.hidePopup()


def test_another_layer_answers_the_same_question(window, wait_until, graph_runs):
    QTest.keyClick(window, Qt.Key.Key_R)
    wait_until(lambda: not window.busy)
    question, probabilities = window.session.question, window.session.explanation.probabilities
    assert question.kind is Kind.RATHER
    other = next(name for name in list_layers(window, wait_until) if name != "channels")
    runs = graph_runs["forward"]
    choose(window, other, wait_until)
    assert graph_runs["forward"] == runs + 1, "once, for the tensors of the other layer"
    assert window.session.opened_model.explainer.layer == other
    assert window.session.question == question
    assert window.session.explanation.score_weights.tolist() == [[1, 0, -1, 0]]
    assert window.session.explanation.probabilities == pytest.approx(probabilities, abs=1e-6)
    assert window.panels.drawing.question == question
    assert other in window.card_view.toPlainText()
    assert window.gallery.predictor._explainer.layer == other


def test_images_to_come_are_explained_at_that_layer(window, images, wait_until):
    other = next(name for name in list_layers(window, wait_until) if name != "channels")
    choose(window, other, wait_until)
    window.gallery.search.open_paths([images / "003.blue" / "c.png"])
    wait_until(lambda: not window.busy)
    assert window.session.opened_model.explainer.layer == other
    assert window.tool_bar.layer.currentData() == other
    assert window.panels.drawing.image.path.name == "c.png"


def test_a_layer_that_cannot_be_explained_leaves_the_one_before(window, wait_until, monkeypatch):
    other = next(name for name in list_layers(window, wait_until) if name != "channels")

    def refuse(self, layer):
        raise ModelError(f"no gradient reaches '{layer}'")

    monkeypatch.setattr(Explainer, "with_layer", refuse)
    choose(window, other, wait_until)
    assert "no gradient reaches" in window.message_bar.label.text()
    assert window.tool_bar.layer.currentData() == "channels"
    assert window.session.opened_model.explainer.layer == "channels"
    assert window.panels.drawing is not None


def test_another_model_shows_its_own_layer(window, make_pair, wait_until):
    list_layers(window, wait_until)
    window.session.open_model(make_pair("with layers"))
    wait_until(lambda: not window.busy)
    assert (window.tool_bar.layer.count(), window.tool_bar.layer.currentData()) == (1, "channels")


def test_of_a_name_too_long_for_the_toolbar_both_ends_are_painted(window):
    box = window.tool_bar.layer

    def painted(name: str):
        box.set_layer(name, name)
        return box.grab().toImage()

    assert painted("a" * 40 + "XYZ") != painted("a" * 40 + "abc"), "where Qt cuts off, both look alike"
    assert painted("XYZ" + "a" * 40) != painted("abc" + "a" * 40)
