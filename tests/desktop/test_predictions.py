"""Predictions of the whole folder: badges, progress, cancelling, sorting, filtering, the confusion table."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop import engine
from desktop.facts import Order
from desktop.pictures import BADGE_ROLE


def names(window) -> list[str]:
    return [path.name for path in window.picture_panel.pictures.shown_paths]


def badges(window) -> list[tuple[str, bool | None]]:
    pictures = window.picture_panel.pictures
    found = (pictures.index(row, 0).data(BADGE_ROLE) for row in range(pictures.rowCount()))
    return [(badge.text, badge.is_right) for badge in found]


def choose(box, data) -> None:
    box.setCurrentIndex(box.findData(data))


@pytest.fixture
def gate(monkeypatch):
    """Background predictions wait until this is set."""
    gate = threading.Event()
    explain_small = engine.explain_small

    def waiting(*arguments):
        assert gate.wait(20)
        return explain_small(*arguments)

    monkeypatch.setattr(engine, "explain_small", waiting)
    return gate


def test_every_picture_gets_a_badge_and_is_predicted_once(open_window, colours, pictures, graph_runs):
    window = open_window(pictures, model=colours)
    assert badges(window) == [
        ("red", True),
        ("green", False),
        ("green", True),
        ("blue", True),
        ("red", None),
    ]
    assert graph_runs["forward"] == 5, "the picture explained for the user is not predicted again"
    assert not window.picture_panel.progress.isVisible()


def test_predicting_shows_progress_and_can_be_stopped_and_begun_anew(
    open_window, colours, pictures, gate, wait_until
):
    window = open_window(pictures, model=colours, settled=False)
    panel = window.picture_panel
    wait_until(lambda: window.session.explanation is not None and window.predictor.running)
    gate.set()
    wait_until(lambda: not window.busy)
    gate.clear()
    window.activateWindow()
    wait_until(window.isActiveWindow, "the focus")
    window.predict_all()
    window.predictor.progressed.emit(2, 5)
    assert panel.progress.isVisible()
    assert panel.progress.text.text() == "Predicted: 2 of 5"
    QTest.mouseClick(panel.progress.stop, Qt.MouseButton.LeftButton)
    assert not window.predictor.running
    assert not panel.progress.isVisible()
    gate.set()
    QTest.keyClick(window, Qt.Key.Key_P)
    assert window.predictor.running
    wait_until(lambda: not window.busy)
    assert [text for text, _ in badges(window)] == ["red", "green", "green", "blue", "red"]


def test_predictions_wait_while_the_users_picture_is_explained(
    open_window, colours, pictures, wait_until, graph_runs
):
    window = open_window(pictures, model=colours)
    runs = dict(graph_runs)
    window.session.is_free.clear()
    window.predict_all()
    QTest.qWait(150)
    assert graph_runs == runs
    window.session.is_free.set()
    wait_until(lambda: not window.busy)
    assert graph_runs["forward"] == runs["forward"] + 5


def test_sorting_by_class_and_by_certainty(open_window, colours, pictures, wait_until):
    window = open_window(pictures, model=colours)
    order = window.picture_panel.sieve.order
    choose(order, Order.NAME)
    assert names(window) == ["a.png", "b.png", "c.png", "halves.png", "mistake.png"]
    choose(order, Order.CLASS)
    assert names(window) == ["a.png", "halves.png", "mistake.png", "b.png", "c.png"]
    choose(order, Order.LEAST_CERTAIN)
    assert names(window)[0] == "halves.png"
    choose(order, Order.MOST_CERTAIN)
    assert names(window)[-1] == "halves.png"
    assert window.session.picture_path.name == "a.png", "the current picture stays"
    choose(order, Order.FOUND)
    assert names(window) == ["a.png", "mistake.png", "b.png", "c.png", "halves.png"]


def test_filter_by_predicted_class_counts_its_pictures(open_window, colours, pictures):
    window = open_window(pictures, model=colours)
    box = window.picture_panel.sieve.predicted
    assert [box.itemText(row) for row in range(box.count())] == [
        "All classes",
        "red (2)",
        "green (2)",
        "blue (1)",
    ]
    choose(box, 1)
    assert names(window) == ["mistake.png", "b.png"]
    assert window.status.position.text() == "2 pictures"


def test_labelled_folders_show_accuracy_and_mistakes(open_window, colours, pictures):
    window = open_window(pictures, model=colours)
    sieve = window.picture_panel.sieve
    assert sieve.accuracy.text() == "75.0 % of 4 right"
    QTest.keyClick(window, Qt.Key.Key_X)
    assert sieve.mistakes.isChecked()
    assert names(window) == ["mistake.png"]
    QTest.keyClick(window, Qt.Key.Key_X)
    assert len(names(window)) == 5


def test_a_cell_of_the_confusion_table_filters_the_thumbnails(open_window, colours, pictures, wait_until):
    window = open_window(pictures, model=colours)
    assert not window.confusion.isVisible()
    QTest.keyClick(window, Qt.Key.Key_T)
    assert window.confusion.isVisible()
    table, view = window.confusion.table, window.confusion.view
    cells = [[table.index(row, column).data() for column in range(3)] for row in range(3)]
    assert cells == [["1", "1", ""], ["", "1", ""], ["", "", "1"]]
    QTest.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(table.index(0, 1)).center()
    )
    assert names(window) == ["mistake.png"]
    assert window.picture_panel.sieve.cell.text().startswith("red, taken for green")
    QTest.mouseClick(window.picture_panel.sieve.cell, Qt.MouseButton.LeftButton)
    assert len(names(window)) == 5


def test_folders_without_class_names_show_no_accuracy(open_window, colours, pictures):
    window = open_window(pictures / "mixed", model=colours)
    assert not window.picture_panel.sieve.labelled.isVisible()
