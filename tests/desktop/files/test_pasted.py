"""An image that was copied in another program is pasted: opened, explained, listed, and gone in the end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest

from desktop.files import pasted
from whylight.images.decode import read_image


def image_of(colour: str, width: int = 60) -> QImage:
    image = QImage(width, 40, QImage.Format.Format_ARGB32)
    image.fill(QColor(colour))
    return image


def paste(window, image: QImage) -> None:
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def listed(window) -> list[str]:
    images = window.gallery_panel.images
    return [images.path_at(row).name for row in range(images.rowCount())]


def test_a_copied_image_is_opened_explained_and_listed(open_window, colours, images, tmp_path, wait_until):
    window = open_window(images, model=colours)
    paste(window, image_of("blue"))
    wait_until(lambda: not window.busy)
    assert window.class_panel.classes.index(0, 0).data() == "blue"
    assert window.panels.drawing is not None
    assert window.status.path.text() == str(Path("Pasted", "Pasted image 1.png"))
    paste(window, image_of("lime", width=33))
    wait_until(lambda: not window.busy)
    assert listed(window) == ["Pasted image 1.png", "Pasted image 2.png"]
    assert window.class_panel.classes.index(0, 0).data() == "green"
    assert window.status.picture_size.text() == "33 × 40"
    window.output.save_panels(tmp_path / "panels.png")
    wait_until(lambda: not window.busy)
    assert read_image(tmp_path / "panels.png").shape[:2] == (40, 3 * 33 + 2 * 8)


def test_transparency_is_laid_over_white(open_window, colours, wait_until):
    window = open_window(model=colours)
    image = image_of("red", width=2)
    image.setPixelColor(0, 0, QColor(255, 0, 0, 0))
    image.setPixelColor(1, 0, QColor(0, 0, 0, 128))
    paste(window, image)
    wait_until(lambda: not window.busy)
    pixels = window.session.image.pixels
    np.testing.assert_array_equal(pixels[0], [[255, 255, 255], [127, 127, 127]])
    np.testing.assert_array_equal(pixels[1], [[255, 0, 0], [255, 0, 0]])


def test_a_image_is_dropped_from_another_program(open_window, colours, images, wait_until):
    window = open_window(images, model=colours)
    mime = QMimeData()
    mime.setImageData(image_of("blue"))
    mime.setUrls(["https://example.org/blue.png"])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    window.dropEvent(QDropEvent(QPointF(9, 9), action, mime, button, Qt.KeyboardModifier.NoModifier))
    wait_until(lambda: not window.busy)
    assert listed(window) == ["Pasted image 1.png"]


def test_pasted_images_end_with_the_window_and_are_not_remembered(open_window, colours, images, wait_until):
    before = open_window(images, model=colours)
    before.close()
    first = open_window(model=colours)
    paste(first, image_of("blue"))
    wait_until(lambda: not first.busy)
    kept = first.session.image_path
    assert kept.is_file()
    assert kept.parent not in first.settings.folders
    assert kept not in first.settings.folders
    first.close()
    assert not kept.parent.parent.exists()
    second = open_window()
    assert second.session.image_path == images / "001.red" / "a.png", "as the first session began"
    assert not second.message_bar.isVisible()


def test_where_nothing_can_be_written_it_is_said(open_window, colours, images, wait_until, monkeypatch):
    window = open_window(images, model=colours)

    def refuse(**_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(pasted.tempfile, "TemporaryDirectory", refuse)
    paste(window, image_of("blue"))
    wait_until(lambda: not window.busy)
    assert "read-only" in window.message_bar.label.text()
    assert window.session.image_path.name == "a.png"


@pytest.mark.parametrize("kind", ["text", "empty image"])
def test_what_is_no_image_is_not_pasted(open_window, colours, images, kind):
    window = open_window(images, model=colours)
    mime = QMimeData()
    if kind == "text":
        mime.setText("red")
    else:
        mime.setImageData(QImage())
    QGuiApplication.clipboard().setMimeData(mime)
    window.commands.paste.trigger()
    assert "no files, folders or images" in window.message_bar.label.text()
    assert len(listed(window)) == 5
