"""What people expect of image viewers: keys and mouse buttons that step, full screen, files handed on."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import (
    QDesktopServices,
    QDragEnterEvent,
    QGuiApplication,
    QNativeGestureEvent,
    QPointingDevice,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from desktop.common.panel import Panel
from desktop.gallery.image_list import PATH_ROLE
from whylight.images.encode import write_image

CONTROL, NONE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


def current(window) -> str:
    return window.gallery_panel.current.name


@pytest.mark.parametrize("where", ["panels", "thumbnails"])
def test_keys_of_viewers_go_through_the_images(open_window, colours, images, where):
    window = open_window(images, model=colours)
    target = window.panels if where == "panels" else window.gallery_panel.view
    target.setFocus()
    seen = []
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Space, Qt.Key.Key_Backspace, Qt.Key.Key_End, Qt.Key.Key_Home):
        QTest.keyClick(target, key)
        seen.append(current(window))
    assert seen == ["mistake.png", "b.png", "mistake.png", "halves.png", "a.png"]


def test_page_keys_step_where_there_is_no_page_to_turn(open_window, colours, images):
    window = open_window(images, model=colours)
    QTest.keyClick(window.panels, Qt.Key.Key_PageDown)
    QTest.keyClick(window.panels, Qt.Key.Key_PageDown)
    QTest.keyClick(window.panels, Qt.Key.Key_PageUp)
    assert current(window) == "mistake.png"


def test_the_mouses_side_buttons_go_forward_and_back(open_window, colours, images):
    window = open_window(images, model=colours)
    for button in (Qt.MouseButton.ForwardButton, Qt.MouseButton.ForwardButton, Qt.MouseButton.BackButton):
        QTest.mouseClick(window.panels, button)
    assert current(window) == "mistake.png"


def test_keys_go_from_folder_to_folder(open_window, colours, images):
    window = open_window(images, model=colours)
    view = window.gallery_panel.view
    seen = []
    for key in (*[Qt.Key.Key_PageDown] * 4, Qt.Key.Key_PageUp):
        QTest.keyClick(view, key, CONTROL)
        seen.append(current(window))
    assert seen == ["b.png", "c.png", "halves.png", "halves.png", "c.png"]
    view.select_row(1)
    QTest.keyClick(view, Qt.Key.Key_PageUp, CONTROL)
    assert current(window) == "mistake.png", "its folder is the first"
    window.gallery_panel.filter_bar.filter.setText("blue")
    QTest.keyClick(view, Qt.Key.Key_PageDown, CONTROL)
    assert current(window) == "mistake.png", "there is one folder on show, and the image is in none"


def test_what_is_gone_to_is_selected_alone_whatever_keys_are_held(open_window, colours, images):
    view = open_window(images, model=colours).gallery_panel.view
    QTest.keyPress(view, Qt.Key.Key_Control, CONTROL)
    view.select_row(1)
    view.select_row(3)
    QTest.keyRelease(view, Qt.Key.Key_Control, NONE)
    assert view.selected_paths() == [view.currentIndex().data(PATH_ROLE)]


def test_letters_that_are_no_keys_go_nowhere(open_window, colours, images):
    """Qt would look for a name that begins so, which takes long among 100,000; `/` filters."""
    window = open_window(images, model=colours)
    QTest.keyClicks(window.gallery_panel.view, "h")
    assert current(window) == "a.png"


def test_full_screen_is_all_panels_and_keys_still_work(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    rest = (window.tool_bar, window.gallery_panel, window.class_panel, window.info_tabs, window.status)
    size = window.panels.size()
    QTest.keyClick(window, Qt.Key.Key_F)
    assert window.isFullScreen()
    assert not any(part.isVisible() for part in rest)
    wait_until(lambda: window.panels.width() > size.width(), "the panels to grow")
    QTest.keyClick(window.panels, Qt.Key.Key_Right)
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.image.path.name == "mistake.png"
    QTest.keyClick(window.panels, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert all(part.isVisible() for part in rest)


def test_full_screen_that_the_system_ends_brings_the_rest_back(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    rest = (window.tool_bar, window.gallery_panel, window.class_panel, window.info_tabs, window.status)
    QTest.keyClick(window, Qt.Key.Key_F)
    window.showNormal()
    wait_until(lambda: all(part.isVisible() for part in rest), "the rest")
    QTest.keyClick(window, Qt.Key.Key_F)
    assert window.isFullScreen()
    assert not any(part.isVisible() for part in rest)


def test_a_control_asked_for_in_full_screen_is_brought_back(open_window, colours, images):
    window = open_window(images, model=colours)
    QTest.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    QTest.keyClick(window.panels, Qt.Key.Key_Slash)
    assert window.gallery_panel.filter_bar.filter.hasFocus()
    assert not window.isFullScreen()


def test_a_window_closed_in_full_screen_is_an_ordinary_one_next_time(open_window, colours, images):
    first = open_window(images, model=colours)
    sizes = first.columns.sizes()
    QTest.keyClick(first, Qt.Key.Key_F)
    first.close()
    second = open_window(images, model=colours)
    assert not second.isFullScreen()
    assert second.tool_bar.isVisible()
    assert second.columns.sizes() == sizes


def test_actual_size_shows_a_pixel_as_a_pixel_and_zooming_goes_on_from_there(
    open_window, colours, tmp_path, wait_until
):
    write_image(tmp_path / "small.png", np.full((30, 40, 3), 200, np.uint8))
    write_image(tmp_path / "wide.png", np.full((3000, 6000, 3), 200, np.uint8))
    window = open_window(tmp_path / "small.png", model=colours)
    panels, ratio = window.panels, window.devicePixelRatioF()
    fitted = panels.zoom.scale
    assert fitted > 1
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ShiftModifier)
    assert panels.zoom.scale == pytest.approx(1 / ratio)
    centre = panels.zoom.image_rect().center()
    rect = panels.panel_rects()[Panel.IMAGE]
    assert (centre.x(), centre.y()) == pytest.approx((rect.width() / 2, rect.height() / 2))
    QTest.keyClick(window, Qt.Key.Key_Minus)
    assert panels.zoom.scale == pytest.approx(1 / ratio), "no smaller"
    QTest.keyClick(window, Qt.Key.Key_Equal)
    assert panels.zoom.scale == pytest.approx(fitted), "larger is the fitted size first"
    QTest.keyClick(window, Qt.Key.Key_Right)
    wait_until(lambda: not window.busy)
    assert panels.image.levels[0].width() == 4096, "shown with fewer pixels than the file has"
    QTest.keyClick(window, Qt.Key.Key_1, CONTROL)
    assert panels.zoom.scale == pytest.approx(6000 / 4096 / ratio)
    QTest.keyClick(window, Qt.Key.Key_0, CONTROL)
    assert panels.zoom.fitted


def test_a_pinch_zooms_at_the_fingers(open_window, colours, images, application):
    window = open_window(images, model=colours)
    panels = window.panels
    rect = panels.panel_rects()[Panel.OVERLAY]
    place, before = QPointF(rect.center()) + QPointF(20, 0), panels.zoom.scale
    spot = panels.zoom.to_image(place - rect.topLeft())
    application.sendEvent(
        panels,
        QNativeGestureEvent(
            Qt.NativeGestureType.ZoomNativeGesture,
            QPointingDevice.primaryPointingDevice(),
            2,
            place,
            place,
            QPointF(panels.mapToGlobal(place.toPoint())),
            0.5,
            QPointF(),
        ),
    )
    assert panels.zoom.scale == pytest.approx(1.5 * before)
    after = panels.zoom.to_image(place - rect.topLeft())
    assert (after.x(), after.y()) == pytest.approx((spot.x(), spot.y()))


def test_selected_files_are_copied_as_files_and_as_paths(open_window, colours, images):
    window = open_window(images, model=colours)
    view = window.gallery_panel.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_C, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    copied = QGuiApplication.clipboard().mimeData()
    first = images / "001.red" / "a.png"
    assert [url.toLocalFile() for url in copied.urls()] == [str(first)]
    assert copied.text() == str(first)
    QTest.keyClick(view, Qt.Key.Key_A, CONTROL)
    window.commands.copy_files.trigger()
    assert len(QGuiApplication.clipboard().mimeData().urls()) == 5
    window.gallery_panel.filter_bar.filter.setText("nowhere")
    window.commands.copy_files.trigger()
    assert QGuiApplication.clipboard().mimeData().text() == str(window.session.image_path)


def test_images_are_dragged_as_files_but_not_into_the_window_they_come_from(
    open_window, colours, images, monkeypatch
):
    window = open_window(images, model=colours)
    view = window.gallery_panel.view
    assert view.dragEnabled()
    index = view.model().index(1, 0)
    assert view.model().flags(index) & Qt.ItemFlag.ItemIsDragEnabled
    mime = view.model().mimeData([index])
    assert [url.toLocalFile() for url in mime.urls()] == [str(images / "001.red" / "mistake.png")]
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    for source, welcome in ((None, True), (view, False)):
        event = QDragEnterEvent(QPoint(9, 9), action, mime, button, NONE)
        event.ignore()
        monkeypatch.setattr(QDragEnterEvent, "source", lambda _, source=source: source)
        window.dragEnterEvent(event)
        assert event.isAccepted() == welcome


def test_the_folder_of_the_image_is_shown_by_the_system(open_window, colours, images, monkeypatch):
    window = open_window(images, model=colours)
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    QTest.keyClick(window, Qt.Key.Key_G)
    assert opened == [str(images / "001.red")]


def test_a_image_is_opened_through_the_dialog_and_with_it_its_folder(
    open_window, colours, images, wait_until
):
    window = open_window(images / "003.blue", model=colours)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    window.commands.open_images.trigger()
    dialog = window.findChild(QFileDialog)
    assert "*.JPG" in dialog.nameFilters()[0]
    dialog.filesSelected.emit([str(images / "001.red" / "mistake.png")])
    dialog.close()
    wait_until(lambda: not window.busy)
    assert current(window) == "mistake.png"
    assert window.gallery_panel.images.total == 2


def test_a_right_click_offers_what_can_be_done(open_window, colours, images):
    window = open_window(images, model=colours)
    commands = window.commands
    assert commands.copy_files in window.gallery_panel.view.actions()
    assert commands.report in window.gallery_panel.view.actions()
    assert {commands.copy, commands.save, commands.full_screen} <= set(window.panels.actions())
    for view in (window.gallery_panel.view, window.panels):
        assert view.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu
