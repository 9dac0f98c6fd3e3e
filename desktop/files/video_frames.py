"""Videos, opened as folders of their frames.

The rest of the window (thumbnails, predictions, reports) works with files. Frames are written to the system's
temporary folder, as pasted images are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from whylight.common.paths import is_file

from ..common.feature import Feature


class VideoFrames(Feature):
    """Writes frames of videos to a temporary folder, which `close` removes.

    It is a frame a second, or 300 at equal distances of a longer video. Another opening ends the writing.
    """

    opened = Signal(list)
    """Paths with the folders of their frames in place of videos, as soon as there is a frame."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = self._add_queue("frames", newest_wins=True)
        self._place: tempfile.TemporaryDirectory[str] | None = None
        self._videos: dict[Path, Path] = {}
        """Videos by the folders of their frames."""

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Emit `opened` with the paths, at once if no video is among them."""
        self.cancel()
        videos = [path for path in paths if has_video([path])]
        if not videos:
            self.opened.emit(list(paths))
            return
        if self._place is None:
            self._place = tempfile.TemporaryDirectory(prefix="whylight-", ignore_cleanup_errors=True)
        folders = {}
        for video in videos:
            folders[video] = Path(tempfile.mkdtemp(dir=self._place.name), video.name)
            folders[video].mkdir()
            self._videos[folders[video]] = video.absolute()
        shown = [folders.get(path, path) for path in paths]
        self._queue.run_steps(partial(write_frames, folders), self._told_once(shown), self._report)

    def cancel(self) -> None:
        """Write no further frames, and open none that are on their way."""
        self._queue.cancel_all()

    def lasting(self, paths: Sequence[Path]) -> list[Path]:
        """Return the paths with the videos in place of the folders of their frames."""
        return [self._videos.get(path, path) for path in paths]

    def close(self) -> None:
        """Wait for the thread, and remove the frames."""
        super().close()
        if self._place is not None:
            self._place.cleanup()

    def _told_once(self, shown: list[Path]) -> Callable[[Path], None]:
        """Return what takes each frame.

        The first one opens the folders, which are watched from then on.
        """
        waiting = [shown]

        def take(_frame: Path) -> None:
            if waiting:
                self.opened.emit(waiting.pop())

        return take


def has_video(paths: Iterable[Path]) -> bool:
    """Return whether a video file is among paths."""
    from whylight.images.files import VIDEO_SUFFIXES

    return any(path.suffix.lower() in VIDEO_SUFFIXES and is_file(path) for path in paths)


def write_frames(folders: dict[Path, Path]) -> Iterator[Path]:
    """Write the frames of videos to their folders, each file complete at once.

    Yields:
        The files.

    Raises:
        ImageError: a video cannot be read.
    """
    from whylight.collection.video import frame_files
    from whylight.common.atomic_file import write_bytes

    for video, folder in folders.items():
        for name, content in frame_files(video):
            file = folder / name
            write_bytes(file, content)
            yield file
