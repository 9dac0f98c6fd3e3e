"""The search for pictures in what the user opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from whylight.common.paths import is_folder
from whylight.errors import ImageError

from ..common.task_queue import Lane
from ..common.trouble import words_of
from . import finding
from .finding import Chunk


class Search(QObject):
    """Finds pictures in files and folders, in place of those found before."""

    started = Signal(object)
    """The picture that was named by itself, to be shown first, or None."""
    found = Signal(list)
    """Paths, to be added to those found since `started`."""
    walked = Signal(list)
    """Folders that were gone through, whether or not they hold pictures."""
    finished = Signal()
    failed = Signal(str)
    """What could not be searched, and why; the rest is."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane = Lane("search", newest_wins=True, parent=self)
        self.roots: tuple[Path, ...] = ()
        """What was opened; empty for the samples."""
        self.recursive = True
        """Whether sub-folders of opened folders are searched, too."""
        self.folders: tuple[Path, ...] = ()
        """The folders that are open: those opened, or that of a picture opened alone."""
        self.deep = False
        """Whether their sub-folders are, too."""

    @property
    def busy(self) -> bool:
        """Whether the search is not over."""
        return not self._lane.idle

    def open_paths(self, paths: Sequence[Path], first: Path | None = None) -> None:
        """Look for pictures in files and folders, of a single picture in its folder; show `first` first."""
        self.roots = roots = tuple(path.absolute() for path in paths)
        single, recursive = finding.single_picture(roots), self.recursive
        self.deep = recursive and single is None
        if single is None:
            self.folders = tuple(path for path in roots if is_folder(path))
            self._run(first, lambda: finding.find_pictures(roots, recursive=recursive))
        else:
            self.folders = (single.parent,)
            self._run(first or single, lambda: finding.find_siblings(single))

    def open_samples(self) -> None:
        """Open the bundled sample pictures."""
        self.roots = self.folders = ()
        self.deep = False
        self._run(None, finding.sample_pictures)

    def set_recursive(self, recursive: bool, first: Path | None) -> None:
        """Search sub-folders, too, or no longer: what is open is searched again, and `first` shown first."""
        self.recursive = recursive
        if self.roots:
            stays = first is not None and (recursive or not {first, first.parent}.isdisjoint(self.roots))
            self.open_paths(self.roots, first if stays else None)

    def name_of(self, path: Path) -> str:
        """Return a picture's path from the opened folder on, which is all that tells pictures apart."""
        for root in self.roots:
            if root in path.parents:
                return str(path.relative_to(root.parent))
        return str(Path(path.parent.name, path.name))

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._lane.close()

    def _run(self, first: Path | None, steps: Callable[[], Iterator[Chunk | ImageError]]) -> None:
        self.started.emit(first)
        self._lane.run_steps(steps, self._take, self._report, done_func=self.finished.emit)

    def _take(self, found: Chunk | ImageError) -> None:
        if isinstance(found, ImageError):
            self.failed.emit(words_of(found))
            return
        if found.folders:
            self.walked.emit(found.folders)
        if found.pictures:
            self.found.emit(found.pictures)

    def _report(self, error: Exception) -> None:
        self.failed.emit(words_of(error))
        self.finished.emit()
