"""Sub-folders are searched on request: the switch, what it leaves out, and what the next session does."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest


@pytest.fixture
def nested(images):
    """An image in the folder itself, beside the sub-folders."""
    shutil.copy(images / "003.blue" / "c.png", images / "top.png")
    return images


def names(window) -> set[str]:
    return {path.name for path in window.gallery_panel.images.paths}


ALL = {"a.png", "mistake.png", "b.png", "c.png", "halves.png", "top.png"}


def test_sub_folders_are_left_out_and_taken_in_again(open_window, colours, nested, wait_until):
    window = open_window(nested, model=colours)
    assert names(window) == ALL
    QTest.keyClick(window, Qt.Key.Key_S)
    wait_until(lambda: not window.busy)
    assert names(window) == {"top.png"}
    QTest.keyClick(window, Qt.Key.Key_S)
    wait_until(lambda: not window.busy)
    assert names(window) == ALL


def test_the_image_on_show_stays_where_it_is_still_found(open_window, colours, nested, wait_until):
    window = open_window(nested, model=colours)
    last = window.gallery_panel.images.rowCount() - 1
    top = next(row for row in range(last + 1) if window.gallery_panel.images.path_at(row).name == "top.png")
    window.gallery_panel.view.select_row(top)
    wait_until(lambda: not window.busy)
    window.commands.recursive.setChecked(False)
    wait_until(lambda: not window.busy)
    assert window.panels.drawing.image.path.name == "top.png"
    assert window.status.position.text() == "1 of 1"


def test_a_folder_of_folders_without_images_of_its_own_says_what_is_left_out(
    open_window, colours, images, wait_until
):
    window = open_window(images, model=colours)
    window.commands.recursive.setChecked(False)
    wait_until(lambda: not window.busy)
    assert names(window) == set()
    assert "Sub-folders are not included" in window.panels.notice[1]


def test_a_folder_that_appears_is_left_out_too(open_window, colours, nested, wait_until):
    window = open_window(nested, model=colours)
    window.commands.recursive.setChecked(False)
    wait_until(lambda: not window.busy)
    shutil.copytree(nested / "001.red", nested / "new")
    shutil.copy(nested / "top.png", nested / "later.png")
    wait_until(lambda: "later.png" in names(window), "the image that appeared")
    wait_until(lambda: not window.busy)
    assert names(window) == {"top.png", "later.png"}


def test_the_next_session_leaves_them_out_again(open_window, colours, nested, wait_until):
    first = open_window(nested, model=colours)
    first.commands.recursive.setChecked(False)
    wait_until(lambda: not first.busy)
    first.close()
    second = open_window(model=colours)
    assert not second.commands.recursive.isChecked()
    assert names(second) == {"top.png"}
