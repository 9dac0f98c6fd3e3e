"""A video is opened as a folder of its frames, which are gone in the end."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

COLOURS = {"red": (0, 0, 255), "green": (0, 255, 0), "blue": (255, 0, 0)}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Motion JPEG of three seconds, each of a colour."""
    path = tmp_path / "films" / "clip one.avi"
    path.parent.mkdir()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for colour in COLOURS.values():
        for _ in range(10):
            writer.write(np.full((48, 64, 3), colour, np.uint8))
    writer.release()
    return path


def names(window) -> list[str]:
    images = window.gallery_panel.images
    return [images.path_at(row).name for row in range(images.rowCount())]


def test_a_video_is_opened_as_a_folder_of_frames(open_window, colours, images, clip, wait_until):
    window = open_window(images, model=colours)
    window.files.open_paths([clip])
    wait_until(lambda: len(names(window)) == 3 and not window.busy)
    assert names(window) == ["0000.000s.png", "0001.000s.png", "0002.000s.png"]
    assert window.session.classes[window.session.question.class_index] == "red"
    assert window.status.path.text() == str(Path(clip.name, "0000.000s.png"))
    frames = window.gallery_panel.images.path_at(0).parent
    assert window.settings.folders[0] == clip, "the video is remembered, not its frames"
    window.close()
    assert not frames.exists()
    assert window.settings.session.paths == [clip]


def test_a_video_of_the_last_session_is_opened_again(open_window, colours, clip, wait_until):
    window = open_window(clip, model=colours)
    wait_until(lambda: len(names(window)) == 3 and not window.busy)
    window.close()
    again = open_window(model=colours)
    wait_until(lambda: len(names(again)) == 3 and not again.busy)


def test_a_video_on_its_way_does_not_replace_the_samples(open_window, colours, images, clip, wait_until):
    window = open_window(images, model=colours)
    window.files.open_paths([clip])
    window.files.recent.samples_chosen.emit()
    wait_until(lambda: not window.busy)
    assert "cat.jpg" in names(window)


def test_a_broken_video_is_refused_by_its_name(open_window, colours, images, clip, wait_until):
    window = open_window(images, model=colours)
    before = names(window)
    clip.write_bytes(b"RIFF" + bytes(1000))
    window.files.open_paths([clip])
    wait_until(lambda: "clip one.avi" in window.message_bar.label.text())
    wait_until(lambda: not window.busy)
    assert names(window) == before
