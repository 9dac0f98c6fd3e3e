"""The file dialogs begin near what is open, or where the last one led."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QApplication, QFileDialog


@pytest.fixture
def begins(application):
    """Returns a function that triggers a command and returns the folder its dialog begins in."""
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)

    def begin(window, command: QAction) -> Path:
        command.trigger()
        (dialog,) = window.findChildren(QFileDialog)
        folder = Path(dialog.directory().absolutePath())
        dialog.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return folder

    return begin


def test_folders_and_images_are_looked_for_beside_those_that_are_open(open_window, colours, images, begins):
    window = open_window(images / "001.red", model=colours)
    assert begins(window, window.commands.open_folder) == images
    assert begins(window, window.commands.open_images) == images / "001.red"


def test_a_model_is_looked_for_where_the_last_one_was_but_not_among_adopted_ones(
    open_window, colours, images, begins
):
    window = open_window(images, model=colours)
    assert begins(window, window.commands.open_model) == colours.parent
    assert begins(window, window.commands.second_model) == colours.parent
    adopted = window.settings.data_folder / "adopted" / "one.onnx"
    adopted.parent.mkdir(parents=True)
    adopted.write_bytes(b"")
    window.settings.add_model(adopted)
    assert begins(window, window.commands.open_model) == colours.parent


def test_panels_and_reports_go_where_the_last_ones_went_and_at_first_beside_the_images(
    open_window, colours, images, tmp_path, begins, wait_until
):
    window = open_window(images / "001.red", model=colours)
    commands = window.commands
    for command in (commands.save, commands.report):
        assert begins(window, command) == images / "001.red"
    (tmp_path / "kept").mkdir()
    window.output.save_panels(tmp_path / "kept" / "panels.png")
    wait_until(lambda: not window.busy)
    for command in (commands.save, commands.report):
        assert begins(window, command) == tmp_path / "kept"
    window.output.write_report(window.gallery_panel.images.paths, tmp_path / "reports" / "first")
    wait_until(lambda: not window.busy)
    for command in (commands.save, commands.report):
        assert begins(window, command) == tmp_path / "reports"


def test_samples_pasted_images_and_a_vanished_folder_are_no_place_to_begin(
    open_window, colours, images, tmp_path, wait_until
):
    window = open_window(model=colours)
    start_folders = window.files.start_folders
    assert start_folders.of_folders() is start_folders.of_images() is start_folders.for_saving() is None
    image = QImage(30, 20, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    mime = QMimeData()
    mime.setImageData(image)
    window.files.pasted.take(mime)
    wait_until(lambda: not window.busy)
    assert window.session.image_path is not None
    assert start_folders.of_folders() is start_folders.of_images() is start_folders.for_saving() is None
    window.gallery.search.open_paths([images])
    wait_until(lambda: not window.busy)
    assert start_folders.of_folders() == tmp_path
    images.rename(tmp_path / "gone")
    assert start_folders.of_images() is start_folders.for_saving() is None
