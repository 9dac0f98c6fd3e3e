"""Images of a report, and the names of their panels."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from whylight.collection.inputs import reader_of
from whylight.collection.remote import RemoteFile
from whylight.common.paths import is_folder, valid_unicode
from whylight.errors import ImageError
from whylight.images.files import REPORT_PANELS, find_images

# What Windows and FAT forbid in names: a report is carried from one machine to another.
_FORBIDDEN = re.compile(r'[<>:"\\|?*\x00-\x1f\x7f]')
_TRAILING = re.compile(r"[. ]+$")
_LONGEST_NAME = 200
"""Bytes of one name; file systems allow 255, and a suffix is still to come."""

AHEAD = 10_000
"""Images that are listed before the first is explained; where there are more, they are counted meanwhile."""


@dataclass(frozen=True, slots=True)
class Source:
    """Image to be explained."""

    path: Path
    """Where it is, as the user reaches it."""
    name: str
    """Its path from the folder that was asked for, with forward slashes (`birds/rooster.png`)."""
    panels: str
    """The path of its panels in the report's folder without their endings: `panels/birds/rooster.png`."""
    data: bytes | None = None
    """The image file's bytes, if it lies inside another file."""
    label: str | int | None = None
    """Name or index of its class, where the input says so."""
    remote: RemoteFile | None = None
    """The file, if it lies on another file system."""

    @property
    def where(self) -> str:
        """Place of the image, for messages."""
        return str(self.path) if self.remote is None else f"{self.remote.address}: {self.name}"

    def content(self) -> bytes | None:
        """Return the file's bytes if it is no file of this system.

        Raises:
            ImageError: it cannot be read.
        """
        return self.data if self.remote is None else self.remote.read()


def iter_sources(
    paths: Iterable[str | os.PathLike[str]],
    out_dir: Path | None,
    on_error: Callable[[Path, ImageError], None],
) -> Iterator[Source]:
    """Yield the images under `paths`, each once, as they are found.

    A path is an image, a folder, or another input (`whylight.collection.inputs`). What cannot be listed goes
    to `on_error`.

    Names are relative to the folder asked for, or to the last folder that several paths have in common. Files
    in `out_dir`, if it is inside such a folder, are left out: they belong to an earlier report.
    """
    roots = [Path(path) for path in paths]
    base = _base([root for root in roots if reader_of(root) is None])
    out = None if out_dir is None else out_dir.resolve()
    seen: set[int] | None = set() if len(roots) > 1 else None  # a walk of one folder repeats nothing
    names = PanelNames()
    for root in roots:
        if (read := reader_of(root)) is not None:
            for found in read(root, on_error):
                name = valid_unicode(found.name)
                yield Source(found.path, name, names.unused(name), found.data, found.label, found.remote)
            continue
        walked = is_folder(root)
        folder = root if walked else root.parent
        resolved = folder.resolve()
        earlier = out if walked and out is not None and resolved in out.parents else None
        for path in find_images([root], on_error=on_error):
            place = resolved / path.relative_to(folder)
            if earlier in place.parents:
                continue
            if seen is not None:
                key = _digest(os.fspath(place))
                if key in seen:
                    continue
                seen.add(key)
            name = valid_unicode(
                (place.relative_to(base) if base is not None else Path(place.name)).as_posix()
            )
            yield Source(path, name, names.unused(name))


class CountedSources:
    """The images under some paths, found as they are needed, and counted ahead.

    Up to `AHEAD` images are listed at once; a thread counts the others while the first are explained. Images
    inside tar and Parquet files are counted as they come: to count them ahead is to read them twice.

    Args:
        paths, out_dir, on_error: as for `iter_sources`.
    """

    def __init__(
        self,
        paths: Iterable[str | os.PathLike[str]],
        out_dir: Path | None,
        on_error: Callable[[Path, ImageError], None],
    ) -> None:
        self._paths, self._out = [*paths], out_dir
        self._left = iter_sources(self._paths, out_dir, on_error)
        self._first: list[Source] = []
        self.counted = True
        """Whether all images are found."""
        for source in self._left:
            self._first.append(source)
            if len(self._first) > AHEAD or source.data is not None:
                self.counted = False
                break
        self.total = len(self._first)
        """Images found so far."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._count, name="whylight-count", daemon=True)
        if self.total > AHEAD:
            self._thread.start()

    def __enter__(self) -> CountedSources:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def __iter__(self) -> Iterator[Source]:
        """Yield the images: the first time as listed, later by another walk."""
        first, left = self._first, self._left
        self._first, self._left = [], iter_sources(self._paths, self._out, lambda *_: None)
        yielded = 0
        for source in chain(first, left):
            yielded += 1
            self.total = max(self.total, yielded)
            yield source
            if yielded == len(first):
                first.clear()
        self._stop.set()
        self.total, self.counted = yielded, True

    def _count(self) -> None:
        found = 0
        for source in iter_sources(self._paths, self._out, lambda *_: None):
            if self._stop.is_set() or source.data is not None:
                return
            found += 1
            self.total = max(self.total, found)
        if not self._stop.is_set():
            self.total, self.counted = found, True


def _base(roots: Sequence[Path]) -> Path | None:
    """Return the folder that names are relative to; None for two drives on Windows."""
    # A file's own link is not followed: its name is what the user calls it.
    folders = [root.resolve() if is_folder(root) else root.parent.resolve() for root in roots]
    if len(roots) > 1:
        folders = [
            folder.parent if is_folder(root) else folder for root, folder in zip(roots, folders, strict=True)
        ]
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:
        return None


class PanelNames:
    """Gives every image a name of its own for its panels.

    The image's suffix stays in it (`a.jpg` beside `a.png`), letters that differ only in case count as the
    same (as they do on Windows and macOS), and what still collides is numbered.
    """

    def __init__(self) -> None:
        self._used: set[int] = set()  # 8 bytes of a hash in place of a name: millions of them are held

    def unused(self, name: str) -> str:
        """Return an unused path for the panels of the image `name` (forward slashes)."""
        parts = [_portable(part) for part in name.split("/")]
        candidate = "/".join([REPORT_PANELS, *parts])
        stem, number = candidate, 1
        while (key := _digest(candidate.casefold())) in self._used:
            number += 1
            candidate = f"{stem}~{number}"
        self._used.add(key)
        return candidate


def _portable(part: str) -> str:
    part = _TRAILING.sub("_", _FORBIDDEN.sub("_", part))
    data = part.encode("utf-8")
    if len(data) > _LONGEST_NAME:
        part = data[:_LONGEST_NAME].decode("utf-8", "ignore")
    return part


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(os.fsencode(text), digest_size=8).digest(), "little")
