"""What is on show belongs to one image, also while the next one loads."""

from __future__ import annotations

import threading

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.classes import class_controller
from desktop.session import rendering


def on_show(window) -> tuple[str, str, str]:
    """Image of the panels, question, and the most probable class of the list."""
    return (
        window.panels.image.path.name,
        window.class_panel.question_bar.words.text(),
        window.class_panel.classes.index(0, 0).data(),
    )


def test_classes_and_question_wait_for_the_panels(open_window, colours, images, wait_until, monkeypatch):
    window = open_window(images / "001.red" / "a.png", model=colours)
    assert on_show(window) == ("a.png", "Why red?", "red")
    gate, begun, draw = threading.Event(), threading.Event(), rendering.draw

    def late(*arguments):
        begun.set()
        assert gate.wait(20)
        return draw(*arguments)

    monkeypatch.setattr(rendering, "draw", late)
    window.session._patience.setInterval(60_000)  # a slow machine must not show the image without its map
    explained = []
    window.session.explained.connect(lambda *_: explained.append(1))
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_Right)
    wait_until(lambda: explained and begun.is_set())
    assert on_show(window) == ("a.png", "Why red?", "red"), "the new answer has no map yet"
    gate.set()
    wait_until(lambda: not window.busy)
    assert on_show(window) == ("mistake.png", "Why green?", "green")


def test_accuracy_is_not_called_more_than_it_is(open_window, colours, images):
    window = open_window(images, model=colours)
    bar = window.gallery_panel.filter_bar
    assert bar.accuracy.text() == "75.0 % correct (3 of 4); not counted: 1 in other folders"
    assert bar.trained_on.isVisible()
    assert (
        bar.trained_on.text() == "The model was trained on three colours: for images of it this says little."
    )


def test_a_model_being_opened_is_not_said_to_be_missing(open_window, colours, images):
    window = open_window(images, model=colours, settled=False)
    assert window.card_view.toPlainText() == "Opening the model…"


def test_a_click_does_not_normalise_all_class_names_again(
    open_window, colours, images, wait_until, monkeypatch
):
    """That took 14 of 65 ms with General's 1,000 names and their synonyms."""
    window = open_window(images, model=colours)
    made = []
    monkeypatch.setattr(class_controller, "FolderLabels", lambda *names: made.append(names))
    window.gallery_panel.view.step(1)
    wait_until(lambda: not window.busy)
    assert window.status.folder_class.text(), "the folder's class is known all the same"
    assert not made
