"""Load thumbnails of visible images into a cache bounded in bytes."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from whylight.errors import ImageError

from ..common.error_text import error_text
from ..common.file_stamp import Stamp, file_fingerprint
from ..common.task_queue import TaskQueue

log = logging.getLogger(__name__)

CACHE_BYTES = 64 * 2**20
"""About 1,700 thumbnails of 112 x 84 pixels."""

ENTRY_BYTES = 1024
"""Approximate overhead of an entry, which bounds the number of unreadable images."""


def read_thumbnail(path: Path, edge: int) -> QImage:
    """Read an image within `edge` pixels; fails for the same files as `load_image`."""
    from whylight.images.decode import read_image

    from ..common.qimage import fit_within, image_from_array

    return image_from_array(fit_within(read_image(path), edge))


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A thumbnail, or the reason why there is none."""

    pixmap: QPixmap | None
    problem: str = ""
    stamp: Stamp | None = None
    """Fingerprint of its file."""

    @property
    def byte_count(self) -> int:
        """Size in the cache, in bytes."""
        pixels = self.pixmap.width() * self.pixmap.height() * 4 if self.pixmap else 0
        return pixels + ENTRY_BYTES


class ThumbnailCache:
    """LRU cache of thumbnails bounded in bytes."""

    def __init__(self, byte_limit: int = CACHE_BYTES) -> None:
        self._byte_limit = byte_limit
        self._entries: OrderedDict[Path, Thumbnail] = OrderedDict()
        self.byte_count = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, path: object) -> bool:
        return path in self._entries

    def get(self, path: Path) -> Thumbnail | None:
        """Return a thumbnail and mark it as recently used."""
        thumbnail = self._entries.get(path)
        if thumbnail is not None:
            self._entries.move_to_end(path)
        return thumbnail

    def stamp_of(self, path: Path) -> Stamp | None:
        """Return the fingerprint of a thumbnail's file; None if missing."""
        thumbnail = self._entries.get(path)
        return None if thumbnail is None else thumbnail.stamp

    def drop(self, path: Path) -> None:
        """Remove a thumbnail, if it exists."""
        dropped = self._entries.pop(path, None)
        if dropped is not None:
            self.byte_count -= dropped.byte_count

    def put(self, path: Path, thumbnail: Thumbnail) -> None:
        """Store a thumbnail, evicting the least recently used ones."""
        self.drop(path)
        self._entries[path] = thumbnail
        self.byte_count += thumbnail.byte_count
        while self.byte_count > self._byte_limit and len(self._entries) > 1:
            _, oldest = self._entries.popitem(last=False)
            self.byte_count -= oldest.byte_count


class ThumbnailLoader(QObject):
    """Reads thumbnails in the order of the latest request, which replaces others.

    Cached thumbnails of a reopened folder are shown immediately and checked afterwards.
    """

    loaded = Signal(Path)
    """A thumbnail was added to the cache."""

    def __init__(self, edge: int, threads: int = 2, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._edge = edge
        self._threads = threads
        self._queue = TaskQueue("thumbnails", threads=threads, parent=self)
        self._cache = ThumbnailCache()
        self._lock = threading.Lock()
        self._wanted: deque[tuple[Path, Stamp | None]] = deque()
        """Requested paths with the fingerprints of their cached thumbnails."""
        self._trusted: set[Path] = set()
        """Paths checked since `recheck`."""
        self._begun: set[Path] = set()
        self._readers = 0

    def get(self, path: Path) -> Thumbnail | None:
        """Return the thumbnail of an image; None if it has not been read."""
        return self._cache.get(path)

    def discard(self, paths: Sequence[Path]) -> None:
        """Drop the thumbnails of these images; they are read again on request."""
        for path in paths:
            self._cache.drop(path)

    def recheck(self) -> None:
        """Check every file for changes before its cached thumbnail is used."""
        self._trusted.clear()

    @property
    def byte_count(self) -> int:
        """Size of the cached thumbnails in bytes."""
        return self._cache.byte_count

    @property
    def idle(self) -> bool:
        """Whether nothing is requested or being read."""
        return self._readers == 0

    def request(self, paths: Sequence[Path]) -> None:
        """Read only these thumbnails, in this order, unless cached."""
        with self._lock:
            self._wanted = deque(
                (path, self._cache.stamp_of(path))
                for path in paths
                if path not in self._begun and not (path in self._trusted and path in self._cache)
            )
            count = len(self._wanted)
        while self._readers < min(self._threads, count):
            self._readers += 1
            self._queue.run_steps(self._read_wanted, self._take, self._report, self._end_reader)

    def close(self) -> None:
        """Stop reading and wait for the threads."""
        self._queue.close()

    def _read_wanted(self) -> Iterator[tuple[Path, QImage | str | None, Stamp | None]]:
        """Yield requested thumbnails; None if the file has not changed."""
        while True:
            with self._lock:
                if not self._wanted:
                    return
                path, kept = self._wanted.popleft()
                self._begun.add(path)
            stamp = file_fingerprint(path)
            try:
                same = stamp is not None and stamp == kept
                yield path, None if same else read_thumbnail(path, self._edge), stamp
            except ImageError as error:
                yield path, error_text(error).removeprefix(f"{path}: "), None
            except Exception as error:  # continue with the other images
                log.exception("unexpected error in %s", path)
                yield path, f"{type(error).__name__}: {error}", None

    def _take(self, result: tuple[Path, QImage | str | None, Stamp | None]) -> None:
        path, image, stamp = result
        with self._lock:
            self._begun.discard(path)
            self._trusted.add(path)
            if isinstance(image, QImage):
                self._cache.put(path, Thumbnail(QPixmap.fromImage(image), stamp=stamp))
            elif image is not None:
                self._cache.put(path, Thumbnail(None, image))
        if image is not None:
            self.loaded.emit(path)

    def _report(self, error: Exception) -> None:
        self._readers -= 1
        log.error("reading thumbnails ended", exc_info=error)

    def _end_reader(self) -> None:
        self._readers -= 1
        with self._lock:
            remaining = [path for path, _ in self._wanted]
        if remaining:  # requested after the reader's last check
            self.request(remaining)
