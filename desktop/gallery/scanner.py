"""Search opened files and folders for images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, Signal

from whylight.common.paths import is_file, is_folder
from whylight.errors import ImageError

from ..common.error_text import error_text
from ..common.feature import Feature

CHUNK_SECONDS = 0.1
"""Interval at which found images are delivered."""


CHUNK_LENGTH = 250
"""Maximum number of images delivered at once, to stay below a frame (50 ms)."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Images and folders found since the previous chunk."""

    images: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    """Searched folders, even without images, and folders of explicitly opened files."""


@dataclass(frozen=True, slots=True)
class NotShown:
    """Numbers of images that cannot be read, and of those that were left out."""

    unreadable: Mapping[str, int]
    """Images that are listed, but have no reader here, by format: `HEIC`, `RAW`."""
    left_out: Mapping[str, int]
    """Images of formats that are not listed, by format: `SVG`."""

    def __bool__(self) -> bool:
        return bool(self.unreadable or self.left_out)


Found = Chunk | NotShown | ImageError


class Search(Feature):
    """Searches files and folders for images; a new search replaces the previous one."""

    started = Signal(object)
    """The single opened image, to be shown first, or None."""
    found = Signal(list)
    """Further paths found since `started`."""
    walked = Signal(list)
    """Searched folders, even without images."""
    not_shown = Signal(NotShown)
    """Images of the finished search that cannot be shown."""
    finished = Signal()
    """The search has finished. Errors were reported by `failed`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = self._add_queue("search", newest_wins=True)
        self.roots: tuple[Path, ...] = ()
        """Opened paths; empty for the samples."""
        self.recursive = True
        """Whether sub-folders of opened folders are searched."""
        self.folders: tuple[Path, ...] = ()
        """Open folders: those opened, or that of a single opened image."""
        self.deep = False
        """Whether their sub-folders are open too."""

    def open_paths(self, paths: Sequence[Path], first: Path | None = None) -> None:
        """Search files and folders, or the folder of a single image; show `first` first."""
        self.roots = roots = tuple(path.absolute() for path in paths)
        single, recursive = single_image(roots), self.recursive
        self.deep = recursive and single is None
        if single is None:
            self.folders = tuple(path for path in roots if is_folder(path))
            self._run(first, lambda: scan_images(roots, recursive=recursive))
        else:
            self.folders = (single.parent,)
            self._run(first or single, lambda: find_siblings(single))

    def open_samples(self) -> None:
        """Open the bundled sample images."""
        self.roots = self.folders = ()
        self.deep = False
        self._run(None, scan_samples)

    def set_recursive(self, recursive: bool, first: Path | None) -> None:
        """Set whether sub-folders are searched, and search again; show `first` first."""
        self.recursive = recursive
        if self.roots:
            stays = first is not None and (recursive or not {first, first.parent}.isdisjoint(self.roots))
            self.open_paths(self.roots, first if stays else None)

    def name_of(self, path: Path) -> str:
        """Return an image's path relative to the parent of the opened folder."""
        for root in self.roots:
            if root in path.parents:
                return str(path.relative_to(root.parent))
        return str(Path(path.parent.name, path.name))

    def _run(self, first: Path | None, steps: Callable[[], Iterator[Found]]) -> None:
        self.started.emit(first)
        self._queue.run_steps(steps, self._take, self._report, done_func=self.finished.emit)

    def _take(self, found: Found) -> None:
        if isinstance(found, NotShown):
            self.not_shown.emit(found)
            return
        if isinstance(found, ImageError):
            self.failed.emit(error_text(found))
            return
        if found.folders:
            self.walked.emit(found.folders)
        if found.images:
            self.found.emit(found.images)

    def _report(self, error: Exception) -> None:
        super()._report(error)
        self.finished.emit()


def scan_samples() -> Iterator[Chunk]:
    """Yield the bundled sample images in one chunk."""
    from whylight.bundled import sample_images

    yield Chunk(list(sample_images()))


def scan_images(paths: Sequence[Path], *, recursive: bool = True) -> Iterator[Found]:
    """Yield images in chunks as found, then what was not shown, and errors of folders."""
    from whylight.images.files import find_images
    from whylight.images.other_formats import missing_reader

    errors: list[ImageError] = []
    suffixes: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    images: list[Path] = []
    folders = [path.parent for path in paths if not is_folder(path)]
    started = -CHUNK_SECONDS  # deliver the first image immediately, since it is explained first
    for path in find_images(
        paths,
        recursive=recursive,
        on_error=lambda _, error: errors.append(error),
        on_folder=folders.append,
        on_left_out=lambda suffix: left_out.update([suffix[1:].upper()]),
    ):
        images.append(path)
        suffixes[path.suffix] += 1
        if monotonic() - started > CHUNK_SECONDS or len(images) == CHUNK_LENGTH:
            yield Chunk(images, folders.copy())
            folders.clear()
            images, started = [], monotonic()
    yield Chunk(images, folders)
    unreadable: Counter[str] = Counter()
    for suffix, count in suffixes.items():
        kind = missing_reader(suffix.lower())
        if kind is not None:
            unreadable[kind] += count
    if unreadable or left_out:
        yield NotShown(unreadable, left_out)
    yield from errors


def single_image(paths: Sequence[Path]) -> Path | None:
    """Return the image if a single existing file was opened, else None."""
    return paths[0].absolute() if len(paths) == 1 and is_file(paths[0]) else None


def find_siblings(image: Path) -> Iterator[Found]:
    """Yield the images of an image's folder, without those of sub-folders."""
    from whylight.images.files import IMAGE_SUFFIXES

    if image.suffix.lower() not in IMAGE_SUFFIXES:  # opened explicitly, regardless of its suffix
        yield Chunk([image])
    yield from scan_images([image.parent], recursive=False)
