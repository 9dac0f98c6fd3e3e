"""Thumbnails: only what is visible is read, what was scrolled past is forgotten, memory is bounded."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPixmap

from desktop.gallery import thumbnail_loader
from desktop.gallery.thumbnail_loader import ENTRY_BYTES, Thumbnail, ThumbnailCache, ThumbnailLoader
from whylight.errors import ImageError
from whylight.images.encode import write_image

COUNT = 5000


@pytest.fixture
def large_folder(tmp_path: Path) -> Path:
    first = tmp_path / "large" / "00000.png"
    first.parent.mkdir()
    write_image(first, np.full((8, 8, 3), 90, np.uint8))
    for number in range(1, COUNT):
        os.link(first, first.with_name(f"{number:05d}.png"))
    return first.parent


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the images whose thumbnails were read, in order."""
    names: list[str] = []
    read = thumbnail_loader.read_thumbnail

    def recording(path: Path, edge: int) -> QImage:
        names.append(path.name)
        return read(path, edge)

    monkeypatch.setattr(thumbnail_loader, "read_thumbnail", recording)
    return names


def test_of_a_large_folder_only_visible_thumbnails_are_read(
    open_window, colours, large_folder, reads, wait_until
):
    window = open_window(large_folder, model=colours)
    assert window.gallery_panel.images.rowCount() == COUNT
    view = window.gallery_panel.view
    visible = view.visible_rows()
    assert 8 <= len(visible) < 40
    assert sorted(reads) == [f"{row:05d}.png" for row in visible]
    corner = view.viewport().rect().bottomRight()
    assert view.indexAt(corner * 0.99).row() in (-1, visible[-1], visible[-2])

    reads.clear()
    view.scrollToBottom()
    wait_until(
        lambda: (
            window.gallery_panel.loader.get(window.gallery_panel.images.path_at(COUNT - 1))
            and not window.busy
        )
    )
    end = view.visible_rows()
    assert set(reads) == {f"{row:05d}.png" for row in end}
    assert len(reads) == len(set(reads)), "nothing is read twice"
    assert all(
        window.gallery_panel.loader.get(window.gallery_panel.images.path_at(row)).pixmap for row in end
    )


def test_of_a_folder_opened_again_only_what_has_changed_is_read_again(
    open_window, colours, images, reads, wait_until
):
    window = open_window(images, model=colours)
    panel = window.gallery_panel
    changed = images / "003.blue" / "c.png"
    before = panel.loader.get(changed).pixmap.toImage().pixelColor(5, 5).name()
    window.gallery.search.open_samples()
    wait_until(lambda: not window.busy)
    write_image(changed, np.full((50, 60, 3), 90, np.uint8))
    reads.clear()
    window.gallery.search.open_paths([images])
    wait_until(lambda: not window.busy and panel.images.rowCount() == 5)
    assert reads == ["c.png"]
    assert (before, panel.loader.get(changed).pixmap.toImage().pixelColor(5, 5).name()) == (
        "#0000ff",
        "#5a5a5a",
    )


def test_the_newest_wish_is_read_first_and_the_older_one_dropped(application, monkeypatch, wait_until):
    began, go_on = threading.Event(), threading.Event()
    reads: list[str] = []

    def slow_read(path: Path, edge: int) -> QImage:
        reads.append(path.name)
        began.set()
        assert go_on.wait(20)
        return QImage(4, 4, QImage.Format.Format_RGB32)

    monkeypatch.setattr(thumbnail_loader, "read_thumbnail", slow_read)
    loader = ThumbnailLoader(64, threads=1)
    loader.request([Path("a"), Path("b"), Path("c")])
    wait_until(began.is_set)
    loader.request([Path("x"), Path("a"), Path("b")])
    go_on.set()
    wait_until(lambda: loader.idle)
    assert reads == ["a", "x", "b"]
    loader.request([Path("a"), Path("x")])
    assert loader.idle, "known already"
    loader.close()


def test_an_unreadable_image_says_why_without_repeating_its_path(application, monkeypatch, wait_until):
    def refuse(path: Path, edge: int) -> QImage:
        raise ImageError(f"{path}: the file is empty")

    monkeypatch.setattr(thumbnail_loader, "read_thumbnail", refuse)
    loader = ThumbnailLoader(64)
    loader.request([Path("folder/a.png")])
    wait_until(lambda: loader.idle)
    assert loader.get(Path("folder/a.png")) == Thumbnail(None, "the file is empty")
    loader.close()


def test_cache_is_bounded_in_bytes_and_keeps_what_was_used_last(application):
    cache = ThumbnailCache(byte_limit=3 * (ENTRY_BYTES + 400))
    for name in "abc":
        cache.put(Path(name), Thumbnail(QPixmap(10, 10)))
    assert cache.byte_count == 3 * (ENTRY_BYTES + 400)
    cache.get(Path("a"))
    cache.put(Path("d"), Thumbnail(QPixmap(10, 10)))
    assert [Path(name) in cache for name in "abcd"] == [True, False, True, True]
    cache.put(Path("d"), Thumbnail(None, "broken"))
    assert cache.byte_count == 2 * (ENTRY_BYTES + 400) + ENTRY_BYTES
