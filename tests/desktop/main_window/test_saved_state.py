"""From one session to the next: recent folders and models, what was open, how it looked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.main_window.window import MainWindow
from desktop.session.color_scale import Scale
from desktop.settings import MOST_RECENT, Settings
from whylight import bundled


def choose(box, data) -> None:
    box.setCurrentIndex(box.findData(data))


def test_the_next_session_begins_where_the_last_one_ended(open_window, make_pair, images, wait_until):
    model = make_pair("remembered")
    first = open_window(images, model=model)
    QTest.keyClick(first.gallery_panel.view, Qt.Key.Key_End)
    choose(first.tool_bar.method, "layercam")
    choose(first.tool_bar.colour_map, "viridis")
    choose(first.tool_bar.scale, Scale.FOLDER)
    first.tool_bar.opacity.setValue(30)
    wait_until(lambda: not first.busy)
    first.close()
    second = open_window()
    assert second.session.opened_model.explainer.model_path == model
    assert second.session.image_path == images / "mixed" / "halves.png"
    assert second.gallery_panel.images.total == 5
    assert second.gallery_panel.view.currentIndex().row() == 4
    assert second.session.explanation.method == "layercam"
    assert second.session.look == first.session.look
    assert second.tool_bar.opacity.value() == 30
    assert second.tool_bar.method.currentData() == "layercam"
    assert second.tool_bar.colour_map.currentData() == "viridis"


def test_layer_and_second_model_are_brought_back(open_window, colours, make_pair, images, wait_until):
    other = make_pair("second")
    first = open_window(images, model=colours)
    first.layers.choose("positive")
    first.second_model.open(other)
    wait_until(lambda: not first.busy)
    first.close()
    second = open_window()
    assert second.session.opened_model.explainer.layer == "positive"
    assert second.tool_bar.layer.currentData() == "positive"
    assert second.second_model.session.opened_model.explainer.model_path == other
    assert second.second_panels.drawing.image.path.name == "a.png"
    second.second_model.toggle()
    second.close()
    third = open_window()
    assert third.session.opened_model.explainer.layer == "positive"
    assert not third.second_model.is_open
    third.close()
    named = open_window(images, model=other)
    assert named.session.opened_model.explainer.layer == "channels", "another model: its own layer"


def test_a_layer_that_the_model_has_no_more_is_passed_by(open_window, colours, images, wait_until):
    first = open_window(images, model=colours)
    first.close()
    last = first.settings.session
    first.settings.save_session(replace(last, layer="no such layer"))
    first.settings.sync()
    second = open_window()
    assert second.session.opened_model.explainer.model_path == colours
    assert second.session.opened_model.explainer.layer == "channels"
    assert not second.message_bar.isVisible()


def test_what_is_gone_is_not_remembered(open_window, make_pair, images, colours, monkeypatch, wait_until):
    monkeypatch.setattr(bundled, "bundled_model", lambda: colours)
    first = open_window(images / "003.blue", model=make_pair("gone"))
    first.close()
    (images / "003.blue" / "c.png").unlink()
    (images / "003.blue").rmdir()
    first.session.opened_model.explainer.model_path.unlink()
    second = open_window()
    assert second.session.opened_model.is_bundled
    assert second.gallery_panel.images.paths == bundled.sample_images()
    assert not second.message_bar.isVisible()


def test_the_menu_of_recent_folders_and_models_opens_them(
    open_window, make_pair, colours, images, wait_until
):
    window = open_window(images / "001.red", model=colours)
    window.gallery.search.open_paths([images / "003.blue"])
    window.session.open_model(make_pair("other"))
    wait_until(lambda: not window.busy)
    window.files.recent.fill()
    texts = [action.text() for action in window.files.recent.actions() if not action.isSeparator()]
    assert texts.pop(0) == "Sample images"
    assert texts[:2] == [str(images / "003.blue"), str(images / "001.red")]
    assert texts[2:4] == [window.commands.general_model.text(), window.commands.caltech_model.text()]
    assert [Path(text).name for text in texts[4:6]] == ["other.onnx", "colours.onnx"]
    next(action for action in window.files.recent.actions() if action.text() == texts[1]).trigger()
    wait_until(lambda: not window.busy)
    assert window.session.image_path.name == "a.png"


def test_so_many_are_remembered_and_the_last_is_the_first(tmp_path):
    settings = Settings(tmp_path / "settings.ini")
    folders = [tmp_path / str(number) for number in range(MOST_RECENT + 2)]
    for folder in [*folders, folders[3]]:
        folder.mkdir(exist_ok=True)
        settings.add_folder(folder)
    assert (
        settings.folders == [folders[3], *(f for f in reversed(folders[2:]) if f != folders[3])][:MOST_RECENT]
    )
    settings.clear_recent()
    assert settings.folders == []


def test_settings_that_cannot_be_written_or_read_stop_nothing(
    application, colours, images, tmp_path, wait_until
):
    (tmp_path / "file").write_text("")
    (tmp_path / "broken.ini").write_bytes(b"[look\nopacity=many\n\xff\x00")
    for path in (tmp_path / "file" / "settings.ini", tmp_path / "broken.ini"):
        window = MainWindow([images], colours, Settings(path))
        window.show()
        wait_until(lambda window=window: not window.busy)
        assert window.session.image_path.name == "a.png"
        window.close()
        window.deleteLater()


def test_settings_that_cannot_be_kept_are_said(application, images, colours, tmp_path, wait_until):
    """A file lies where their folder would be, which refuses root as well."""
    (tmp_path / "home").write_text("read-only")
    window = MainWindow([images], colours, Settings(tmp_path / "home" / "whylight.ini"))
    window.show()
    try:
        wait_until(lambda: not window.busy)
        assert "Settings and recent folders are not kept" in window.message_bar.label.text()
        assert window.panels.drawing is not None
    finally:
        window.close()
        window.deleteLater()
