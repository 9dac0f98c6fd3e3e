"""Videos: frames sampled, one report, an animated overlay."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from whylight.cli import main
from whylight.collection import video
from whylight.errors import ImageError
from whylight.images.files import find_images, list_folder
from whylight.report.animation import animate

_FPS, _SECONDS = 10, 4
_COLOURS = ((200, 40, 40), (40, 200, 40), (40, 40, 200), (200, 200, 40))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds, each of one colour."""
    path = tmp_path_factory.mktemp("video") / "clip one.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), _FPS, (64, 48))
    assert writer.isOpened()
    for colour in _COLOURS:
        for _ in range(_FPS):
            writer.write(np.full((48, 64, 3), colour[::-1], np.uint8))
    writer.release()
    return path


def test_a_frame_a_second(clip: Path) -> None:
    """Names are times that sort, and frames are RGB."""
    frames = list(video.read_frames(clip))
    assert [name for name, _ in frames] == ["0000.000s", "0001.000s", "0002.000s", "0003.000s"]
    for (_, frame), colour in zip(frames, _COLOURS, strict=True):
        assert frame.shape == (48, 64, 3)
        assert np.abs(frame.mean(axis=(0, 1)) - colour).max() < 12, "JPEG is not exact"


def test_long_videos_are_sampled_more_sparsely(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MOST_FRAMES", 2)
    assert [name for name, _ in video.read_frames(clip)] == ["0000.000s", "0002.000s"]


def test_what_is_no_video_is_named(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"no video at all" * 100)
    with pytest.raises(ImageError, match=r"clip\.mp4"):
        list(video.read_frames(tmp_path / "clip.mp4"))


def test_a_report_of_a_video(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row a frame, and an animated overlay that shows them in their order."""
    out = tmp_path / "report"
    arguments = ["explain", str(clip), "--model", "caltech", "--out", str(out), "--top", "1"]
    assert main([*arguments, "--video"]) == 0
    assert "clip one.avi.overlay.webp" in capsys.readouterr().out
    table = (out / "predictions.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(table) == 1 + _SECONDS
    assert "0003.000s.png" in table[-1]
    done, animation = cv2.imdecodeanimation(
        np.frombuffer((out / "clip one.avi.overlay.webp").read_bytes(), np.uint8)
    )
    assert done
    assert len(animation.frames) == _SECONDS
    with pytest.raises(ImageError, match="no overlays"):
        animate(out, Path("another.mp4"))


@pytest.mark.parametrize("options", [["--video", "--panels", "none"], ["--video"]])
def test_video_needs_panels_and_a_video(options: list[str], tmp_path: Path) -> None:
    path = tmp_path / ("clip.mp4" if "none" in options else "photo.png")
    assert main(["explain", str(path), "--out", str(tmp_path / "report"), *options]) == 2


def test_folders_leave_videos_out_and_say_so(clip: Path) -> None:
    left: list[str] = []
    assert list_folder(clip.parent, left.append) == ([], [])
    assert left == [".avi"]
    assert list(find_images([clip.parent])) == []
