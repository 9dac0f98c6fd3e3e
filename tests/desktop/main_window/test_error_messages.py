"""What goes wrong is said in the window, and what was open stays open."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from whylight.explainer import Explainer
from whylight.pair.build import bind
from whylight.pair.files import load_pair, save_pair


@pytest.fixture
def held_back(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Explanations wait until this is set."""
    gate = threading.Event()
    explain = Explainer.explain

    def waiting(self, *arguments, **options):
        assert gate.wait(20)
        return explain(self, *arguments, **options)

    monkeypatch.setattr(Explainer, "explain", waiting)
    return gate


def test_an_unreadable_image_is_a_tile_and_a_notice_that_say_why(open_window, colours, images, wait_until):
    (images / "001.red" / "a.png").write_bytes(b"")
    window = open_window(images, model=colours)
    title, reason = window.panels.notice
    assert title == "a.png cannot be read"
    assert reason == "the file is empty"
    assert window.gallery_panel.loader.get(images / "001.red" / "a.png").problem == "the file is empty"
    assert "the file is empty" in window.panels.accessibleDescription()
    assert not window.commands.copy.isEnabled()
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_Right)
    wait_until(lambda: not window.busy)
    assert window.panels.notice == ("", "")
    assert window.panels.drawing.image.path.name == "mistake.png"


def test_a_vanished_image_is_reported(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    window.gallery.watcher.close()  # which would take the tile away
    (images / "001.red" / "mistake.png").unlink()
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_Right)
    wait_until(lambda: not window.busy)
    assert window.panels.notice == ("mistake.png cannot be read", "there is no such file")


@pytest.mark.parametrize("content", [None, b"", b"no model at all"])
def test_an_unusable_model_is_reported_and_the_current_one_stays(
    open_window, colours, images, tmp_path, wait_until, content
):
    window = open_window(images, model=colours)
    drawing, opened = window.panels.drawing, window.session.opened_model
    bad = tmp_path / "bad.onnx"
    if content is not None:
        bad.write_bytes(content)
    window.session.open_model(bad)
    wait_until(lambda: not window.busy)
    assert window.message_bar.isVisible()
    assert "bad.onnx" in window.message_bar.label.text()
    assert "Colours colours stays open." in window.message_bar.label.text()
    assert "Unexpected" not in window.message_bar.label.text()
    assert window.session.opened_model is opened
    assert window.panels.drawing is drawing
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_Right)
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.image.path.name == "mistake.png"


def test_a_model_without_gradients_opens_with_the_methods_that_it_has(
    open_window, colours, images, tmp_path, wait_until
):
    window = open_window(images, model=colours)
    pair = load_pair(colours)
    save_pair(bind(pair.forward, None, pair.card), tmp_path / "alone.onnx")
    window.session.open_model(tmp_path / "alone.onnx")
    wait_until(lambda: not window.busy)
    session = window.session
    assert not session.opened_model.explainer.has_gradients
    assert session.explanation.method == session.method == "occlusion"
    assert not window.tool_bar.layer.isEnabled(), "no other layer can be explained"
    assert not window.answer_bar.button.isVisible(), "it is the recommended map"
    session.open_model(colours)
    wait_until(lambda: not window.busy)
    assert session.method == "grad-cam", "what was chosen is back"


def test_a_folder_without_images_says_so(open_window, colours, images, tmp_path, wait_until):
    window = open_window(images, model=colours)
    (tmp_path / "empty").mkdir()
    window.gallery.search.open_paths([tmp_path / "empty"])
    wait_until(lambda: not window.busy)
    assert window.panels.notice[0] == "No images"
    assert window.gallery_panel.images.rowCount() == 0
    assert window.status.position.text() == ""
    assert window.status.path.text() == ""
    assert window.session.image_path is None
    window.gallery.search.open_paths([images])
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.image.path.name == "a.png"


def test_a_path_that_does_not_exist_says_so(open_window, colours, tmp_path):
    window = open_window(tmp_path / "nowhere", model=colours)
    assert window.panels.notice == ("nowhere cannot be read", "there is no such file")


def test_what_may_not_be_looked_at_is_told_and_forgotten(open_window, colours, images, tmp_path, wait_until):
    """A name too long for the system, as a folder that may not be entered, is an error to ask about."""
    impossible = tmp_path / ("x" * 300 + ".png")
    window = open_window(impossible, model=colours)
    assert window.panels.notice[0].endswith("cannot be read")
    assert "too long" in window.panels.notice[1]
    window.session.open_model(impossible.with_suffix(".onnx"))
    wait_until(lambda: not window.busy)
    assert "there is no model file" in window.message_bar.label.text()
    window.settings.add_folder(impossible)
    assert window.settings.folders == []
    window.gallery.search.open_paths([images])
    wait_until(lambda: not window.busy)
    assert window.panels.drawing is not None


def test_an_explanation_that_takes_its_time_shows_the_image_meanwhile(
    open_window, colours, images, held_back, wait_until
):
    held_back.set()
    window = open_window(images, model=colours)
    held_back.clear()
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_Right)
    wait_until(lambda: window.panels.drawing is None, "the plain image")
    assert window.session.image.path.name == "mistake.png"
    assert window.status.picture_size.text() == "60 × 40"
    held_back.set()
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.image.path.name == "mistake.png"


def test_the_newest_image_wins(open_window, colours, images, held_back, graph_runs, wait_until):
    held_back.set()
    window = open_window(images, model=colours)
    held_back.clear()
    runs = graph_runs["forward"]
    for _ in range(4):
        QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_Right)
    held_back.set()
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.image.path.name == "halves.png"
    assert graph_runs["forward"] - runs <= 2, "those in between were never begun"


def test_closing_while_an_explanation_runs_leaves_no_thread(
    open_window, colours, images, held_back, wait_until
):
    window = open_window(images, model=colours, settled=False)
    wait_until(lambda: window.session.image is not None and window.session.opened_model is not None)
    threading.Timer(0.2, held_back.set).start()
    window.close()
    assert held_back.is_set(), "closed before the explanation had ended"
    names = [thread.name for thread in threading.enumerate()]
    # Threads of `whylight.parallel.ordered_map` outlive a report that another test wrote.
    assert not [name for name in names if name.startswith("whylight-") and "-images" not in name]
