"""What a folder holds and the window cannot show is counted by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from whylight.images import other_formats
from whylight.images.files import find_images
from whylight.pair.build import bind
from whylight.pair.files import load_pair, save_pair


@pytest.fixture
def mixed(images):
    """Beside the images: two of a telephone, a camera's raw file, drawings, and what is no image."""
    for name in ("a.HEIC", "b.heic", "c.nef", "logo.svg", "more/d.svg", "e.psd", "notes.txt", ".hidden.svg"):
        (images / name).parent.mkdir(exist_ok=True)
        (images / name).write_bytes(b"no image")
    return images


@pytest.fixture
def without_readers(monkeypatch):
    """No package reads HEIC here."""
    found = other_formats.importlib.util.find_spec
    readers = set(other_formats.PLUGINS.values())
    monkeypatch.setattr(
        other_formats.importlib.util, "find_spec", lambda name: None if name in readers else found(name)
    )


def test_they_are_counted_by_format(open_window, colours, mixed, without_readers, wait_until):
    window = open_window(mixed, model=colours)
    told = window.message_bar.label.text()
    assert "Images that cannot be read: 2 HEIC, 1 RAW." in told
    assert "HEIC, AVIF and JPEG XL need the extra whylight[heic]." in told
    assert "Images and videos left out: 1 PSD, 2 SVG." in told
    window.session.open_model(colours)
    wait_until(lambda: not window.busy)
    assert window.message_bar.label.text() == told, "another model changes nothing about that"
    names = {path.name for path in window.gallery_panel.images.paths}
    assert {"a.HEIC", "b.heic", "c.nef"} <= names, "their tiles say why"
    assert not {"logo.svg", "e.psd", "notes.txt"} & names
    window.gallery.search.open_paths([mixed / "001.red"])
    wait_until(lambda: not window.busy)
    assert not window.message_bar.isVisible()


def test_a_folder_of_images_alone_says_nothing(open_window, colours, images, without_readers):
    window = open_window(images, model=colours)
    assert not window.message_bar.isVisible()


def test_the_library_tells_of_left_out_files_too(mixed):
    told = []
    list(find_images([mixed], on_left_out=told.append))
    assert sorted(told) == [".psd", ".svg", ".svg"]
    told.clear()
    list(find_images([mixed], recursive=False, on_left_out=told.append))
    assert sorted(told) == [".psd", ".svg"]


def test_a_model_of_unknown_training_data_gives_no_hint(open_window, colours, images, tmp_path):
    """Nothing is known that would make the accuracy say little."""
    pair = load_pair(colours)
    path = tmp_path / "unknown.onnx"
    save_pair(bind(pair.forward, pair.gradient, replace(pair.card, data_set="unknown")), path)
    window = open_window(images, model=path)
    assert window.gallery_panel.filter_bar.accuracy.isVisible()
    assert not window.gallery_panel.filter_bar.trained_on.isVisible()
