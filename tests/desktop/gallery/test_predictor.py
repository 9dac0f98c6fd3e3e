"""Predictions of the whole folder: badges, progress, cancelling, sorting, filtering, the confusion table."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.common.file_stamp import file_fingerprint
from desktop.gallery import predictor, scanner
from desktop.gallery.image_list import BADGE_ROLE
from desktop.gallery.image_table import Order
from desktop.gallery.prediction_cache import Predicted, PredictionCache
from desktop.session.color_scale import Scale, Scales, strongest_evidence
from desktop.session.question import Kind
from tests.desktop.conftest import plain
from whylight.images.encode import write_image


def names(window) -> list[str]:
    return [path.name for path in window.gallery_panel.images.shown_paths]


def badges(window) -> list[tuple[str, bool | None]]:
    images = window.gallery_panel.images
    found = (images.index(row, 0).data(BADGE_ROLE) for row in range(images.rowCount()))
    return [(badge.text, badge.is_right) for badge in found]


def choose(box, data) -> None:
    box.setCurrentIndex(box.findData(data))


@pytest.fixture
def gate(monkeypatch):
    """Background predictions wait until this is set."""
    gate = threading.Event()
    explain_small = predictor.explain_small

    def waiting(*arguments):
        assert gate.wait(20)
        return explain_small(*arguments)

    monkeypatch.setattr(predictor, "explain_small", waiting)
    return gate


def test_every_image_gets_a_badge_and_is_predicted_once(open_window, colours, images, graph_runs):
    window = open_window(images, model=colours)
    assert badges(window) == [
        ("red", True),
        ("green", False),
        ("green", True),
        ("blue", True),
        ("red", None),
    ]
    assert graph_runs["forward"] == 5, "the image explained for the user is not predicted again"
    assert not window.gallery_panel.progress.isVisible()


def test_predicting_shows_progress_and_can_be_paused_and_gone_on_with(
    open_window, colours, images, gate, wait_until
):
    window = open_window(images, model=colours, settled=False)
    panel = window.gallery_panel
    wait_until(lambda: window.session.explanation is not None and window.gallery.predictor.running)
    window.activateWindow()
    wait_until(window.isActiveWindow, "the focus")
    window.gallery.predictor.progressed.emit(2, 5)
    assert panel.progress.isVisible()
    assert panel.progress.text.text() == "Predicted: 2 of 5"
    QTest.mouseClick(panel.progress.stop, Qt.MouseButton.LeftButton)
    assert not window.gallery.predictor.running
    assert panel.progress.isVisible(), "the way to go on is seen"
    assert panel.progress.text.text() == "Predicted: paused at 1 of 5", "the image on show is explained"
    assert panel.progress.stop.accessibleName() == "Go on: Predicted"
    gate.set()
    QTest.mouseClick(panel.progress.stop, Qt.MouseButton.LeftButton)
    assert window.gallery.predictor.running
    wait_until(lambda: not window.busy)
    assert [text for text, _ in badges(window)] == ["red", "green", "green", "blue", "red"]
    assert not panel.progress.isVisible()


def test_the_key_pauses_too_and_nothing_is_predicted_twice(
    open_window, colours, images, wait_until, monkeypatch
):
    """Those predicted before the pause are not predicted again after it."""
    asked, explain = [], predictor.explain_small
    slow = threading.Event()

    def explain_slowly(explainer, path, method):
        asked.append(path.name)
        if len(asked) == 3:
            slow.wait(20)
        return explain(explainer, path, method)

    monkeypatch.setattr(predictor, "explain_small", explain_slowly)
    monkeypatch.setattr(predictor, "CHUNK_SECONDS", 0)
    window = open_window(images, model=colours, settled=False)
    wait_until(lambda: len(asked) == 3 and sum(text is not None for text, _ in known(window)) >= 3)
    window.activateWindow()
    wait_until(window.isActiveWindow, "the focus")
    QTest.keyClick(window, Qt.Key.Key_P)
    slow.set()
    wait_until(lambda: not window.busy)
    done = [path.name for path in set(window.gallery_panel.images.paths)]
    left = {path.name for path in window.gallery_panel.images.unpredicted()}
    assert left
    before = len(asked)
    QTest.keyClick(window, Qt.Key.Key_P)
    wait_until(lambda: not window.busy)
    assert set(asked[before:]) <= left
    assert len(done) == 5
    assert not window.gallery_panel.images.unpredicted()


def known(window):
    """The badges so far, None where there is none yet."""
    model = window.gallery_panel.images
    found = [model.index(row, 0).data(BADGE_ROLE) for row in range(model.rowCount())]
    return [(None, None) if badge is None else (badge.text, badge.is_right) for badge in found]


def test_recall_and_precision_of_each_class(open_window, colours, images, wait_until):
    """Of red's two images one is green; so red is recalled by half, and green is right by half."""
    window = open_window(images, model=colours)
    QTest.keyClick(window, Qt.Key.Key_T)
    scores = window.confusion.scores
    window.confusion.tabs.setCurrentWidget(scores)
    rows = {
        scores.scores.index(row, 0).data(): [scores.scores.index(row, column).data() for column in (1, 2, 3)]
        for row in range(scores.scores.rowCount())
    }
    assert rows == {
        "red": ["2", "50.0 %", "100.0 %"],
        "green": ["1", "100.0 %", "50.0 %"],
        "blue": ["1", "100.0 %", "100.0 %"],
    }
    assert scores.model().index(0, 0).data() == "red", "the least recall first"
    rect = scores.visualRect(scores.model().index(0, 0))
    QTest.mouseClick(scores.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert [path.name for path in window.gallery_panel.images.shown_paths] == ["a.png", "mistake.png"]
    assert window.gallery_panel.filter_bar.cell.text().startswith("Folder's class: red")


def test_the_folders_class_is_one_click_away(open_window, colours, images, wait_until):
    """Why green rather than red, of the green image in red's folder."""
    window = open_window(images / "001.red" / "mistake.png", model=colours)
    bar = window.class_panel.question_bar
    assert bar.other.currentText() == "red (folder)"
    QTest.mouseClick(bar.kinds[Kind.RATHER], Qt.MouseButton.LeftButton)
    wait_until(lambda: not window.busy)
    assert (window.session.question.class_index, window.session.question.other) == (1, 0)


def test_a_folder_opened_while_another_is_predicted_misses_none(
    open_window, colours, images, gate, wait_until, monkeypatch
):
    monkeypatch.setattr(predictor, "CHUNK_SECONDS", 20)
    window = open_window(images, model=colours, settled=False)
    wait_until(lambda: window.session.explanation is not None and window.gallery.predictor.running)
    window.gallery.predict_all()  # while the run before is still busy with its first image
    gate.set()
    wait_until(lambda: not window.busy)
    assert [text for text, _ in badges(window)] == ["red", "green", "green", "blue", "red"]


def test_a_image_explained_before_it_is_found_has_its_badge(
    open_window, colours, images, wait_until, monkeypatch
):
    explained, find_siblings = threading.Event(), scanner.find_siblings

    def find_late(image):
        assert explained.wait(20)
        yield from find_siblings(image)

    monkeypatch.setattr(scanner, "find_siblings", find_late)
    window = open_window(images / "001.red" / "mistake.png", model=colours, settled=False)
    wait_until(lambda: window.session.explanation is not None)
    assert window.gallery_panel.images.rowCount() == 0
    explained.set()
    wait_until(lambda: not window.busy)
    assert [text for text, _ in badges(window)] == ["red", "green"]


def test_predictions_wait_while_the_users_image_is_explained(
    open_window, colours, images, wait_until, graph_runs
):
    window = open_window(images, model=colours)
    window.gallery.predictor.restart(None, [], "")  # nothing is remembered
    runs = dict(graph_runs)
    window.session.is_free.clear()
    window.gallery.predict_all()
    QTest.qWait(150)
    assert graph_runs == runs
    window.session.is_free.set()
    wait_until(lambda: not window.busy)
    assert graph_runs["forward"] == runs["forward"] + 5


def test_a_folder_opened_again_is_not_predicted_again(open_window, colours, images, wait_until, graph_runs):
    dim = images / "mixed" / "dim.png"
    write_image(dim, plain(np.array([120, 0, 0])))
    window = open_window(images, model=colours)
    before, scale = badges(window), folder_scale(window)
    window.gallery.search.open_samples()
    wait_until(lambda: not window.busy)
    runs = dict(graph_runs)
    window.gallery.search.open_paths([images], dim)
    wait_until(lambda: not window.busy)
    assert graph_runs["forward"] == runs["forward"] + 2, "the one on show, and the one that was at first"
    assert badges(window) == before
    assert strongest_evidence(window.session.explanation) < scale
    assert folder_scale(window) == scale, "though it was not explained anew"


def folder_scale(window) -> float:
    """The evidence that is drawn as 1 on the folder's scale."""
    sketch = window.session.sketch()
    return window.session.scales.strongest(sketch.explainer, sketch.explanation, Scale.FOLDER)


def test_what_has_changed_is_predicted_again(open_window, colours, images, wait_until, graph_runs):
    window = open_window(images, model=colours)
    window.gallery.search.open_samples()
    wait_until(lambda: not window.busy)
    blue, green = images / "003.blue" / "c.png", images / "002.green" / "b.png"
    blue.write_bytes(green.read_bytes())
    runs = dict(graph_runs)
    window.gallery.search.open_paths([images])
    wait_until(lambda: not window.busy)
    assert graph_runs["forward"] == runs["forward"] + 2
    assert [text for text, _ in badges(window)] == ["red", "green", "green", "green", "red"]


def test_with_another_method_all_are_predicted_again(open_window, colours, images, wait_until, graph_runs):
    """Because of the folder's scale: the strongest evidence is another one."""
    window = open_window(images, model=colours)
    choose(window.tool_bar.method, "layercam")
    wait_until(lambda: not window.busy)
    runs = dict(graph_runs)
    window.gallery.search.open_paths([images])
    wait_until(lambda: not window.busy)
    assert graph_runs["forward"] == runs["forward"] + 5


def test_so_many_predictions_are_remembered_and_those_used_last(tmp_path):
    cache = PredictionCache(most_kept=2)
    first, second, third = ((tmp_path / name, 0, 0) for name in "abc")
    cache.put(first, Predicted(0, 0.5, 1.0))
    cache.put(second, Predicted(1, 0.5, 1.0))
    assert cache.get(first) == Predicted(0, 0.5, 1.0)
    cache.put(third, Predicted(2, 0.5, 1.0))
    assert cache.get(second) is None
    assert cache.get(first) is not None
    assert cache.get(third) is not None


def test_a_file_that_is_gone_has_no_stamp(tmp_path):
    path = tmp_path / "a.png"
    assert file_fingerprint(path) is None
    path.write_bytes(b"12")
    stamp = file_fingerprint(path)
    path.write_bytes(b"123")
    assert file_fingerprint(path) != stamp


def test_sorting_by_class_and_by_certainty(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    order = window.gallery_panel.filter_bar.order
    choose(order, Order.NAME)
    assert names(window) == ["a.png", "b.png", "c.png", "halves.png", "mistake.png"]
    choose(order, Order.CLASS)
    assert names(window) == ["a.png", "halves.png", "mistake.png", "b.png", "c.png"]
    choose(order, Order.LEAST_CERTAIN)
    assert names(window)[0] == "halves.png"
    choose(order, Order.MOST_CERTAIN)
    assert names(window)[-1] == "halves.png"
    assert window.session.image_path.name == "a.png", "the current image stays"
    choose(order, Order.FOUND)
    assert names(window) == ["a.png", "mistake.png", "b.png", "c.png", "halves.png"]


def test_filter_by_predicted_class_counts_its_images(open_window, colours, images):
    window = open_window(images, model=colours)
    box = window.gallery_panel.filter_bar.predicted
    assert [box.itemText(row) for row in range(box.count())] == [
        "All classes",
        "red (2)",
        "green (2)",
        "blue (1)",
    ]
    choose(box, 1)
    assert names(window) == ["mistake.png", "b.png"]
    assert window.status.position.text() == "2 images"


def test_labelled_folders_show_accuracy_and_mistakes(open_window, colours, images):
    window = open_window(images, model=colours)
    filter_bar = window.gallery_panel.filter_bar
    assert filter_bar.accuracy.text() == "75.0 % correct (3 of 4); not counted: 1 in other folders"
    QTest.keyClick(window, Qt.Key.Key_X)
    assert filter_bar.mistakes.isChecked()
    assert names(window) == ["mistake.png"]
    QTest.keyClick(window, Qt.Key.Key_X)
    assert len(names(window)) == 5


def test_another_folder_shows_all_and_the_key_for_mistakes_works_at_once(
    open_window, colours, images, wait_until
):
    window = open_window(images, model=colours)
    QTest.keyClick(window, Qt.Key.Key_X)
    window.gallery.search.open_paths([images / "001.red", images / "002.green"])
    wait_until(lambda: not window.busy)
    assert names(window) == ["a.png", "mistake.png", "b.png"]
    QTest.keyClick(window, Qt.Key.Key_X)
    assert names(window) == ["mistake.png"]


def test_where_nothing_is_labelled_there_are_no_mistakes_to_ask_for(
    open_window, colours, images, tmp_path, wait_until
):
    window = open_window(images, model=colours)
    filter_bar = window.gallery_panel.filter_bar
    assert filter_bar.labelled.isVisible()
    for folder in (images / "mixed", tmp_path / "empty"):
        folder.mkdir(exist_ok=True)
        window.gallery.search.open_paths([folder])
        wait_until(lambda: not window.busy)
        before = names(window)
        QTest.keyClick(window, Qt.Key.Key_X)
        QTest.keyClick(window, Qt.Key.Key_T)
        assert names(window) == before
        assert not window.confusion.isVisible()
        assert not filter_bar.labelled.isVisible()


def test_a_cell_of_the_confusion_table_filters_the_thumbnails(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
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
    assert window.gallery_panel.filter_bar.cell.text().startswith("red mistaken for green")
    QTest.mouseClick(window.gallery_panel.filter_bar.cell, Qt.MouseButton.LeftButton)
    assert len(names(window)) == 5


def test_folders_without_class_names_show_no_accuracy(open_window, colours, images):
    window = open_window(images / "mixed", model=colours)
    assert not window.gallery_panel.filter_bar.labelled.isVisible()


def test_what_can_be_seen_is_predicted_first(tmp_path):
    """The queue hands out the preferred images before those that were found first, and each once."""
    free = threading.Event()
    free.set()
    queue = predictor.Predictor(free, Scales())
    paths = [tmp_path / f"{number}.png" for number in range(6)]
    queue._waiting.extend(paths)
    queue._pending.update(paths)
    queue.prefer([paths[4], paths[2], tmp_path / "elsewhere.png"])
    taken = [queue._next(queue._waiting) for _ in range(7)]
    assert taken == [paths[4], paths[2], paths[0], paths[1], paths[3], paths[5], None]
    queue.close()


def test_a_mistake_says_what_it_should_have_been_and_is_compared_with_that(
    open_window, colours, images, wait_until
):
    window = open_window(images / "001.red" / "mistake.png", model=colours)
    row = window.gallery_panel.images.row_of(images / "001.red" / "mistake.png")
    index = window.gallery_panel.images.index(row, 0)
    assert index.data(BADGE_ROLE).words == "green (red)"
    assert "The model says green, the folder red." in index.data(Qt.ItemDataRole.ToolTipRole)
    assert window.class_panel.question_bar.other.currentText() == "red (folder)"
    QTest.keyClick(window, Qt.Key.Key_R)
    wait_until(lambda: not window.busy)
    assert window.class_panel.question_bar.words.text() == "Why green rather than red?"


def test_the_most_frequent_confusions_are_listed_and_filter_the_images(
    open_window, colours, images, wait_until
):
    window = open_window(images, model=colours)
    window.commands.confusion.trigger()
    listed = window.confusion.most_frequent
    assert [listed.itemText(row) for row in range(1, listed.count())] == ["red mistaken for green (1)"]
    listed.setCurrentIndex(1)
    listed.activated.emit(1)
    wait_until(lambda: not window.busy)
    assert names(window) == ["mistake.png"]
    table = window.confusion.table
    rows = [
        table.headerData(row, Qt.Orientation.Vertical, Qt.ItemDataRole.ToolTipRole)
        for row in range(table.rowCount())
    ]
    columns = [
        table.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        for column in range(table.columnCount())
    ]
    assert "red: 1 of 2 images recognised (recall 50.0 %)" in rows
    assert "green: right in 1 of 2 answers (precision 50.0 %)" in columns
