"""The search for pictures in what the user opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop import finding
from desktop.trouble import words_of
from desktop.work import Lane
from explain.errors import ImageError


class Search(QObject):
    """Finds pictures in files and folders, in place of those found before."""

    started = Signal(object)
    """The picture that was named by itself, to be shown first, or None."""
    found = Signal(list)
    """Paths, to be added to those found since `started`."""
    finished = Signal()
    failed = Signal(str)
    """What could not be searched, and why; the rest is."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane = Lane("search", newest_wins=True, parent=self)
        self.roots: tuple[Path, ...] = ()
        """What was opened; empty for the samples."""

    @property
    def busy(self) -> bool:
        """Whether the search is not over."""
        return not self._lane.idle

    def open_paths(self, paths: Sequence[Path], first: Path | None = None) -> None:
        """Look for pictures in files and folders, of a single picture in its folder; show `first` first."""
        self.roots = tuple(path.absolute() for path in paths)
        single = finding.single_picture(self.roots)
        if single is None:
            self._run(first, lambda: finding.find_pictures(self.roots))
        else:
            self._run(first or single, lambda: finding.find_siblings(single))

    def open_samples(self) -> None:
        """Open the bundled sample pictures."""
        self.roots = ()
        self._run(None, finding.sample_pictures)

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._lane.close()

    def _run(self, first: Path | None, steps: Callable[[], Iterator[list[Path] | ImageError]]) -> None:
        self.started.emit(first)
        self._lane.run_steps(steps, self._take, self._report, done_func=self.finished.emit)

    def _take(self, found: list[Path] | ImageError) -> None:
        if isinstance(found, ImageError):
            self.failed.emit(str(found))
        elif found:
            self.found.emit(found)

    def _report(self, error: Exception) -> None:
        self.failed.emit(words_of(error))
        self.finished.emit()
