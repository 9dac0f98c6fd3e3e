"""What belongs to another image, model or filter does not stay, and what is on show is told."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.widgets.short_combo_box import SHORT_ROLE


def test_methods_are_compared_of_a_map_only(open_window, colours, images, tmp_path, wait_until):
    (tmp_path / "empty").mkdir()
    window = open_window(tmp_path / "empty", model=colours)
    assert not window.commands.compare_methods.isEnabled()
    window.files.open_paths([images])
    wait_until(lambda: window.commands.compare_methods.isEnabled() and not window.busy)


def test_a_search_ends_with_its_model(open_window, colours, images, make_pair, wait_until):
    window = open_window(images, model=colours)
    window.class_panel.search.setText("green")
    assert window.class_panel.classes.rowCount() == 1
    window.session.open_model(None)
    wait_until(lambda: not window.busy)
    assert window.class_panel.search.text() == ""
    assert window.class_panel.classes.rowCount() == 1000


def test_the_layer_is_called_the_same_once_all_are_listed(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    box = window.tool_bar.layer
    before = box.itemData(box.currentIndex(), SHORT_ROLE)
    window.layers.list_layers()
    wait_until(lambda: box.count() > 1 and not window.busy)
    assert box.itemData(box.currentIndex(), SHORT_ROLE) == before
    assert box.currentData() == window.session.opened_model.explainer.layer


def test_a_mark_on_an_image_that_the_filter_hides_is_told(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    window.gallery_panel.filter_bar.filter.setText("zebra")
    wait_until(lambda: window.gallery_panel.images.rowCount() == 0 and not window.busy)
    window.panels.setFocus()
    QTest.keyClick(window, Qt.Key.Key_N)
    assert "a.png" in window.message_bar.label.text()
    assert "wrong label" in window.message_bar.label.text()
