"""The main path through the real window: start, open, drop, paste, step, ask, filter, save."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QScrollBar

from desktop.common.panel import Panel
from desktop.gallery.image_table import Order
from whylight import bundled
from whylight.errors import WhylightError
from whylight.images.decode import read_image
from whylight.inference import open_pair
from whylight.runtime.session import CPU, CUDA


def names(window) -> list[str]:
    return [
        window.gallery_panel.images.path_at(row).name for row in range(window.gallery_panel.images.rowCount())
    ]


def class_rows(window) -> list[str]:
    classes = window.class_panel.classes
    return [classes.index(row, 0).data() for row in range(classes.rowCount())]


def click_class(window, name: str) -> None:
    view = window.class_panel.view
    index = view.model().index(class_rows(window).index(name), 0)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())


def mime_of(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def drop(window, *paths: Path) -> None:
    mime = mime_of(*paths)
    action, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(600, 400), action, mime, left, none)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(QPointF(600, 400), action, mime, left, none))


def test_start_shows_samples_and_explains_the_first(open_window, colours, monkeypatch):
    monkeypatch.setattr(bundled, "bundled_model", lambda: colours)
    window = open_window()
    assert names(window) == [path.name for path in bundled.sample_images()]
    assert len(names(window)) >= 10
    assert window.session.image_path == bundled.sample_images()[0]
    assert window.panels.drawing.image.path == bundled.sample_images()[0]
    assert window.status.position.text() == f"1 of {len(names(window))}"
    assert not window.windowIcon().isNull()


def test_start_without_bundled_model_shows_images_and_says_what_to_do(open_window, monkeypatch):
    def missing() -> Path:
        raise WhylightError("the asset 'model.onnx' is missing")

    monkeypatch.setattr(bundled, "bundled_model", missing)
    window = open_window()
    assert window.session.opened_model is None
    assert "'model.onnx' is missing" in window.message_bar.label.text()
    assert "Ctrl+M" in window.message_bar.label.text()
    assert window.session.image.path == bundled.sample_images()[0]
    assert list(window.panels.panel_rects()) == [Panel.IMAGE]
    assert window.card_view.toPlainText() == "No model is open."


def test_command_line_folder_is_walked_and_its_first_image_explained(open_window, colours, images):
    window = open_window(images, model=colours)
    assert names(window) == ["a.png", "mistake.png", "b.png", "c.png", "halves.png"]
    assert class_rows(window)[0] == "red"
    assert window.status.path.text() == str(Path("pictures", "001.red", "a.png"))
    assert window.status.path.toolTip() == str(images / "001.red" / "a.png")
    assert window.status.picture_size.text() == "60 × 40"
    assert window.status.folder_class.text() == "class folder: red (right)"
    assert window.status.position.text() == "1 of 5"
    device, forward, _, _, gradient, _ = window.status.device.text().replace(",", "").split()
    assert device == "CPU"
    assert float(forward) > 0
    assert float(gradient) >= 0
    assert "No GPU is used" in window.status.device.toolTip()
    assert "Colours colours" in window.card_view.toPlainText()
    assert "top 1 98.7 %" in window.card_view.toPlainText()


def test_a_folder_is_opened_through_the_dialog(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    window.commands.open_folder.trigger()
    dialog = window.findChild(QFileDialog)
    dialog.setDirectory(str(images))
    dialog.selectFile(str(images / "003.blue"))
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    wait_until(lambda: not dialog_is_open(window) and not window.busy)
    assert names(window) == ["c.png"]


def dialog_is_open(window) -> bool:
    return any(dialog.isVisible() for dialog in window.findChildren(QFileDialog))


def test_arrow_keys_go_through_the_images(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    shown = [window.session.image_path.name]
    keys = [Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up]
    window.panels.setFocus()
    for key in keys:
        QTest.keyClick(window.panels, key)
        wait_until(lambda: not window.busy)
        shown.append(window.panels.drawing.image.path.name)
    assert shown == ["a.png", "mistake.png", "b.png", "c.png", "b.png", "mistake.png"]
    assert window.status.folder_class.text() == "class folder: red (wrong)"
    assert window.status.position.text() == "2 of 5"
    QTest.keyClick(window.panels, Qt.Key.Key_Left)
    QTest.keyClick(window.panels, Qt.Key.Key_Left)
    wait_until(lambda: not window.busy)
    assert window.status.position.text() == "1 of 5"


def test_clicking_a_class_runs_the_gradient_graph_alone(open_window, colours, images, graph_runs, wait_until):
    window = open_window(images / "mixed" / "halves.png", model=colours)
    assert graph_runs == {"forward": 1, "gradient": 2}, "the second for the scale of the classes"
    assert class_rows(window) == ["red", "blue", "green", "nothing"]
    evidence = window.panels.drawing.evidence
    assert evidence[20, 5] == pytest.approx(1, abs=1e-3)
    assert evidence[20, 75] == pytest.approx(0, abs=1e-3)
    click_class(window, "blue")
    wait_until(lambda: not window.busy)
    assert graph_runs == {"forward": 1, "gradient": 3}
    evidence = window.panels.drawing.evidence
    assert evidence[20, 5] == pytest.approx(0, abs=1e-3)
    assert evidence[20, 75] == pytest.approx(1, abs=1e-3)
    assert class_rows(window)[0] == "red", "the order stays"
    assert window.class_panel.view.currentIndex().data() == "blue"
    click_class(window, "blue")
    wait_until(lambda: not window.busy)
    assert graph_runs == {"forward": 1, "gradient": 3}, "asked already"


def test_search_reaches_any_class(open_window, colours, images, graph_runs, wait_until):
    window = open_window(images / "mixed" / "halves.png", model=colours)
    QTest.keyClicks(window.class_panel.search, "noth")
    assert class_rows(window) == ["nothing"]
    QTest.keyClick(window.class_panel.search, Qt.Key.Key_Return)
    wait_until(lambda: not window.busy)
    assert window.session.explanation.classes == (3,)
    assert window.panels.drawing.peak == 0
    window.class_panel.search.clear()
    assert class_rows(window) == ["red", "blue", "green", "nothing"]
    assert window.class_panel.view.currentIndex().data() == "nothing"
    assert graph_runs == {"forward": 1, "gradient": 3}


def test_sorting_and_filtering_keep_what_is_selected(open_window, colours, images):
    window = open_window(images, model=colours)
    view, filter_bar = window.gallery_panel.view, window.gallery_panel.filter_bar
    view.select_row(0)
    for row in (2, 3):
        view.selectionModel().select(view.model().index(row, 0), QItemSelectionModel.SelectionFlag.Select)
    selected = {path.name for path in view.selected_paths()}
    assert selected == {"a.png", "b.png", "c.png"}
    filter_bar.order.setCurrentIndex(filter_bar.order.findData(Order.LEAST_CERTAIN))
    assert {path.name for path in view.selected_paths()} == selected
    filter_bar.filter.setText("b.png")
    assert [path.name for path in view.selected_paths()] == ["b.png"]
    assert window.session.image_path.name == "a.png"


def test_filter_keeps_the_image_and_counts_the_matching(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    QTest.keyClick(window, Qt.Key.Key_Slash)
    assert window.gallery_panel.filter_bar.filter.hasFocus()
    QTest.keyClicks(window.gallery_panel.filter_bar.filter, "red")
    assert names(window) == ["a.png", "mistake.png"]
    assert window.status.position.text() == "1 of 2"
    window.gallery_panel.filter_bar.filter.setText("GREEN b")
    assert names(window) == ["b.png"]
    assert window.panels.drawing.image.path.name == "a.png"
    assert window.status.position.text() == "1 image"
    QTest.keyClick(window.gallery_panel.filter_bar.filter, Qt.Key.Key_Return)
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_Right)
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.image.path.name == "b.png"
    window.gallery_panel.filter_bar.filter.clear()
    assert len(names(window)) == 5
    assert window.status.position.text() == "3 of 5"


def test_drop_of_several_files_and_folders_replaces_the_images(open_window, colours, images, wait_until):
    window = open_window(images / "mixed" / "halves.png", model=colours)
    drop(window, images / "003.blue", images / "001.red" / "a.png")
    wait_until(lambda: not window.busy)
    assert names(window) == ["c.png", "a.png"]
    assert window.panels.drawing.image.path.name == "c.png"
    assert class_rows(window)[0] == "blue"


def test_dropped_model_is_opened_and_explains_the_same_image(
    open_window, colours, make_pair, images, wait_until
):
    window = open_window(images, model=colours)
    QTest.keyClick(window.gallery_panel.view, Qt.Key.Key_Right)
    drop(window, make_pair("second"))
    wait_until(lambda: not window.busy)
    assert window.session.opened_model.explainer.card.name == "Colours second"
    assert "Colours second" in window.card_view.toPlainText()
    assert window.panels.drawing.image.path.name == "mistake.png"


def test_paste_opens_copied_files(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    QGuiApplication.clipboard().setMimeData(mime_of(images / "002.green"))
    window.commands.paste.trigger()
    wait_until(lambda: not window.busy)
    assert names(window) == ["b.png"]
    QGuiApplication.clipboard().setText("no file")
    window.commands.paste.trigger()
    assert "no files" in window.message_bar.label.text()
    assert names(window) == ["b.png"]


def test_opacity_and_colour_map_redraw_without_asking_the_model(
    open_window, colours, images, graph_runs, wait_until
):
    window = open_window(images / "mixed" / "halves.png", model=colours)
    runs = dict(graph_runs)
    QTest.keyClick(window, Qt.Key.Key_O)
    assert window.tool_bar.opacity.hasFocus()
    window.tool_bar.opacity.setValue(0)
    wait_until(lambda: not window.busy)
    overlay, image = window.panels.drawing.overlay[0], window.panels.drawing.image.levels[0]
    assert overlay == image, "a heatmap of no opacity leaves the image"
    window.tool_bar.opacity.setValue(100)
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.overlay[0] == window.panels.drawing.heatmap[0]
    jet = window.panels.drawing.heatmap[0]
    window.tool_bar.colour_map.setCurrentIndex(window.tool_bar.colour_map.findData("viridis"))
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.heatmap[0] != jet
    assert graph_runs == runs


def test_saved_and_copied_panels_have_the_images_full_size(
    open_window, colours, images, tmp_path, wait_until
):
    window = open_window(images / "mixed" / "halves.png", model=colours)
    window.output.save_panels(tmp_path / "panels.png")
    window.commands.copy.trigger()
    wait_until(lambda: not window.busy)
    saved = read_image(tmp_path / "panels.png")
    assert saved.shape == (40, 3 * 80 + 2 * 8, 3)
    np.testing.assert_array_equal(saved[:, :80], read_image(images / "mixed" / "halves.png"))
    copied = QGuiApplication.clipboard().image()
    assert (copied.width(), copied.height()) == (256, 40)
    assert "panels.png" in window.message_bar.label.text()


def test_keys_overlay_lists_every_action_and_any_key_closes_it(open_window, colours, images):
    window = open_window(images, model=colours)
    QTest.keyClick(window, Qt.Key.Key_Question)
    assert window.shortcuts_overlay.isVisible()
    listed = window.shortcuts_overlay.accessibleDescription()
    for action in window.actions():
        assert f"{action.shortcut().toString()}: " in listed
    QTest.keyClick(window.shortcuts_overlay, Qt.Key.Key_X)
    assert not window.shortcuts_overlay.isVisible()


def test_every_action_is_in_one_group_of_the_keys(open_window, colours, images):
    window = open_window(images, model=colours)
    listed = [action for _, actions in window.commands.groups for action in actions]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(window.actions())


def test_the_list_of_keys_gives_the_keys_back_to_what_had_them(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    view, overlay = window.gallery_panel.view, window.shortcuts_overlay
    for key in (Qt.Key.Key_X, Qt.Key.Key_Tab):
        view.setFocus()
        QTest.keyClick(view, Qt.Key.Key_Question)
        assert overlay.hasFocus()
        QTest.keyClick(overlay, key)
        assert not overlay.isVisible()
        assert view.hasFocus()
    QTest.keyClick(view, Qt.Key.Key_Question)
    QTest.mouseClick(window.panels, Qt.MouseButton.LeftButton, pos=window.panels.rect().topLeft())
    assert not overlay.isVisible(), "a click beside it closes it, too"
    assert window.panels.hasFocus()


def test_keys_overlay_fits_into_the_window_and_a_click_closes_it(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    overlay = window.shortcuts_overlay
    for size in ((1280, 800), (720, 480)):
        window.resize(*size)
        window.commands.keys.trigger()
        wait_until(lambda: window.rect().contains(overlay.geometry()), "the list to fit")
        bars = overlay.findChildren(QScrollBar)
        assert any(bar.isVisible() for bar in bars) == (size == (720, 480))
        QTest.mouseClick(overlay.findChildren(QLabel)[0], Qt.MouseButton.LeftButton)
        assert not overlay.isVisible()


def test_the_keys_are_shown_once_whatever_the_width(open_window, colours, images):
    """The labels of other numbers of columns are hidden, not painted below the others."""
    window = open_window(images, model=colours)
    overlay = window.shortcuts_overlay
    for size in ((1280, 800), (720, 480), (1280, 800)):
        window.resize(*size)
        window.commands.keys.trigger()
        shown = [label for label in overlay.findChildren(QLabel) if label.isVisible()]
        text = "".join(label.text() for label in shown)
        assert text.count(">F11<") + text.count(">F1<") == 1
        window.commands.keys.trigger()


def test_controls_have_accessible_names(open_window, colours, images):
    window = open_window(images, model=colours)
    # The message's button gets its text with the message: `test_accessibility` looks at it then.
    stops = [control for control in window.tab_stops() if control is not window.message_bar.action]
    assert all(control.accessibleName() or control.text() for control in stops)


def test_tab_goes_through_every_control_from_left_to_right(open_window, colours, images, application):
    window = open_window(images, model=colours)
    window.commands.confusion.trigger()
    expected = [stop for stop in window.tab_stops() if stop.isVisible() and stop.isEnabled()]
    window.gallery_panel.filter_bar.filter.setFocus()
    visited = []
    for _ in expected:
        visited.append(application.focusWidget())
        QTest.keyClick(application.focusWidget(), Qt.Key.Key_Tab)
    assert [type(stop).__name__ for stop in visited] == [type(stop).__name__ for stop in expected]
    assert visited == expected


@pytest.mark.parametrize("name", bundled.BUNDLED)
def test_bundled_pairs_explain_the_samples(name, open_window):
    window = open_window(model=bundled.bundled_model(name))
    card = window.session.opened_model.explainer.card
    assert class_rows(window)[0] in card.classes
    assert sorted(class_rows(window)) == sorted(card.classes)
    assert window.panels.drawing.peak > 0
    assert not window.message_bar.isVisible()


def test_the_reason_why_a_gpu_is_not_used_is_told(open_window, colours, images, monkeypatch):
    """The runtime is asked for CUDA, which this build may or may not have; a machine of tests has no GPU."""
    monkeypatch.setattr(open_pair, "default_providers", lambda: [CUDA, CPU])
    window = open_window(images, model=colours)
    assert window.status.device.text().startswith("CPU instead of a GPU, ")
    assert "CUDA was asked for" in window.status.device.toolTip()
    assert window.status.device.accessibleDescription() == window.status.device.toolTip()


def test_the_first_start_says_what_to_do_and_samples_can_be_got_back(
    open_window, colours, images, wait_until
):
    window = open_window(model=colours)
    assert window.gallery_panel.hint.isVisible()
    assert "Drop your own images" in window.gallery_panel.hint.text()
    samples = window.gallery_panel.images.total
    window.gallery.open_paths([images])
    wait_until(lambda: not window.busy)
    assert not window.gallery_panel.hint.isVisible()
    window.files.recent.fill()
    entry = next(action for action in window.files.recent.actions() if action.text() == "Sample images")
    entry.trigger()
    wait_until(lambda: not window.busy)
    assert window.gallery_panel.images.total == samples
