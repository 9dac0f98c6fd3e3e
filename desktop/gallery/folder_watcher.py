"""Watch open folders for added, removed and replaced images."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from whylight.common.natural_sort import natural_sorted
from whylight.common.paths import is_file, is_folder, is_there
from whylight.errors import ImageError

from ..common.feature import Feature

SETTLE_MS = 300
"""Changes are examined after this time without further changes."""

MOST_FOLDERS = 1000
"""Maximum number of watched folders, since systems limit watches."""

CLOCK_SLACK_S = 2.0
"""Coarsest resolution of file times."""


@dataclass(frozen=True, slots=True)
class FileChanges:
    """Changes in a folder since the last scan."""

    appeared: list[Path]
    vanished: list[Path]
    replaced: list[Path]
    folders: list[Path]
    """New sub-folders, recursively."""
    gone: Path | None = None
    """The folder itself, if it was removed."""


class FolderWatcher(Feature):
    """Reports changes in the folders of open images and in the current image."""

    appeared = Signal(list)
    vanished = Signal(list)
    replaced = Signal(list)

    def __init__(self, known: Callable[[Path], Sequence[Path]], parent: QObject | None = None) -> None:
        """`known` returns the open images of a folder."""
        super().__init__(parent)
        self._known = known
        self._queue = self._add_queue("watch")
        self._seen: dict[Path, float] = {}
        """Time of the last scan of each watched folder, in seconds."""
        self._changed: set[Path] = set()
        self._image: Path | None = None
        self._roots: frozenset[Path] = frozenset()
        self._deep = False
        self._system = QFileSystemWatcher(self)
        self._system.directoryChanged.connect(lambda path: self._note_folder(Path(path)))
        self._system.fileChanged.connect(lambda path: self._note(Path(path)))
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether a change is being examined."""
        return self._settle.isActive() or super().busy

    @property
    def folders(self) -> set[Path]:
        """The watched folders."""
        return set(self._seen)

    def restart(self, roots: Sequence[Path] = (), *, deep: bool = False) -> None:
        """Watch only these folders, with `deep` including sub-folders.

        New images in other folders, of which single images were opened, are not reported.
        """
        self._queue.cancel_all()
        self._settle.stop()
        watched = [*self._system.directories(), *self._system.files()]
        if watched:
            self._system.removePaths(watched)
        self._seen.clear()
        self._changed.clear()
        self._image = None
        self._roots, self._deep = frozenset(roots), deep
        self.add(list(self._roots))
        for root in self._roots:  # to detect that it is created again
            self._system.addPath(str(root.parent))

    def add(self, folders: Sequence[Path]) -> list[Path]:
        """Watch further folders, and return the new ones."""
        unseen = sorted(set(folders) - self._seen.keys(), key=lambda folder: len(folder.parts))
        new = unseen[: max(0, MOST_FOLDERS - len(self._seen))]
        now = time.time()
        self._seen |= dict.fromkeys(new, now)
        if new:
            self._system.addPaths([str(folder) for folder in new])
        return new

    def watch_image(self, path: Path) -> None:
        """Watch the displayed image, since folders do not report changes in files."""
        if self._image is not None and str(self._image) in self._system.files():
            self._system.removePath(str(self._image))
        self._image = path
        if is_file(path):
            self._system.addPath(str(path))

    def close(self) -> None:
        """Stop watching and wait for the thread."""
        self.restart()
        super().close()

    def _is_open(self, folder: Path) -> bool:
        """Whether a folder or one of its parents was opened as a folder."""
        return folder in self._roots or (self._deep and not self._roots.isdisjoint(folder.parents))

    def _note_folder(self, path: Path) -> None:
        # Ignore other changes in the parent of an open folder.
        if path in self._seen or any(root.parent == path for root in self._lost_roots()):
            self._note(path)

    def _lost_roots(self) -> frozenset[Path]:
        """Opened folders that were deleted and may be created again."""
        return self._roots.difference(map(Path, self._system.directories()))

    def _note(self, path: Path) -> None:
        self._changed.add(path)
        self._settle.start()

    def _look(self) -> None:
        if self._image in self._changed:
            self._changed.discard(self._image)
            if is_file(self._image):
                self.watch_image(self._image)  # replacing a file ends its watch
                self.replaced.emit([self._image])
        if not self._queue.idle:  # examine one change at a time
            self._settle.start()
            return
        changed, self._changed, now = self._changed, set(), time.time()
        watched = {Path(path) for path in self._system.directories()}
        changed |= {root for root in self._lost_roots() if root.parent in changed}
        for folder in changed & (self._seen.keys() | self._roots):
            if folder not in watched:  # it was deleted and may exist again
                self._system.addPath(str(folder))
            seen, self._seen[folder] = self._seen.get(folder, now), now
            folders = set(self._seen) if self._deep else None
            known, takes_new = self._known(folder), self._is_open(folder)
            look = partial(scan_for_changes, folder, known, folders, seen, takes_new=takes_new)
            self._queue.run_task(look, self._take, self._report)

    def _take(self, changes: FileChanges) -> None:
        if changes.gone is not None:
            self._seen.pop(changes.gone, None)
        new = self.add(changes.folders)
        if new:  # scan for files added before the watch started
            self._changed.update(new)
            self._settle.start()
        for signal, paths in (
            (self.vanished, changes.vanished),
            (self.appeared, changes.appeared),
            (self.replaced, changes.replaced),
        ):
            if paths:
                signal.emit(paths)


def scan_for_changes(
    folder: Path, known: Sequence[Path], folders: set[Path] | None, seen: float, *, takes_new: bool
) -> FileChanges:
    """Compare a folder with its known images and sub-folders.

    `folders` is None to ignore sub-folders. `seen` is the time of the last scan in seconds; newer files count
    as replaced. Without `takes_new`, new images are ignored.
    """
    from whylight.images.files import find_images, list_folder

    # By name, since creating and comparing 100,000 paths takes a second, mostly holding the GIL.
    before = {path.name: path for path in known}
    try:
        listed, found = list_folder(folder)
    except ImageError:  # removed or no longer accessible
        listed, found = [], []
    gone = None if is_folder(folder) else folder
    appeared: list[Path] = []
    new_folders: list[Path] = []
    if takes_new:
        appeared += [folder / name for name in natural_sorted(name for name in listed if name not in before)]
    if takes_new and folders is not None:
        new = [path for path in map(folder.joinpath, natural_sorted(found)) if path not in folders]
        appeared += find_images(new, on_error=lambda _path, _error: None, on_folder=new_folders.append)
    start = f"{folder}{os.sep}"
    replaced = [
        before[name] for name in listed if name in before and _changed_at(start + name) > seen - CLOCK_SLACK_S
    ]
    # Explicitly opened files may have a suffix that is not listed.
    vanished = [before[name] for name in natural_sorted(before.keys() - listed) if not is_there(before[name])]
    return FileChanges(appeared, vanished, replaced, new_folders, gone)


def _changed_at(path: str) -> float:
    try:
        return os.stat(path).st_mtime  # noqa: PTH116 - a path keeps its text, 10 MB of 100,000
    except OSError:
        return 0.0
