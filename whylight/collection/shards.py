"""Results on disk as they are made: shards, written beside and renamed.

    NNNNNN.jsonl    the records of some images, one JSON object a line
    NNNNNN.html     what the pages show of them; a record says from which byte and how many

A shard appears whole or not at all. Killing a run loses the images of the shard it was filling, and nothing
else. A record is found again by the image's name and known by its size and time, or else by its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from array import array
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from whylight.common.atomic_file import flush_to_disk, part_path

MOST_IN_SHARD = 1024
"""Images after which a shard is closed."""
SHARD_S = 2.0
"""Seconds after which a shard is closed: the most that a killed run has to repeat."""

_OFFSET_BITS = 40
_HTML = "html"


class Shards:
    """Store of records that can be added and read again.

    A record's position is a number: the shard's in the upper bits, the line's offset in the lower ones.

    Args:
        folder: existing folder of the shards.

    Raises:
        OSError: the folder cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next = 1 + max(self._numbers(), default=-1)
        self._keys, self._positions = self._index()
        self._open: _OpenShard | None = None

    def __enter__(self) -> Shards:
        return self

    def __exit__(self, *_: object) -> None:
        """Keep what is done if the disk has room for it, and remove what is half done."""
        with suppress(OSError):
            self.commit()
        if self._open is not None:
            self._open.discard()

    def __len__(self) -> int:
        """Number of records of earlier runs."""
        return len(self._keys)

    def find(self, name: str) -> tuple[int, Mapping[str, Any]] | None:
        """Return position and record of the image `name` of an earlier run, or None."""
        at = int(np.searchsorted(self._keys, np.uint64(digest(name)), side="right")) - 1
        if at < 0 or int(self._keys[at]) != digest(name):
            return None
        position = int(self._positions[at])
        record = self.read(position)
        return (position, record) if record.get("file") == name else None

    def add(self, record: Mapping[str, Any], html: str = "") -> int:
        """Add an image's record, with what the pages show of it; return its position.

        It can be read after `commit`.

        Raises:
            OSError: the disk refuses.
        """
        if self._open is None:
            self._open = _OpenShard(self._folder, self._next)
        position = self._next << _OFFSET_BITS | self._open.add(record, html)
        if self._open.is_full:
            self.commit()
        return position

    def commit(self) -> None:
        """Move the shard that is being filled into place.

        Raises:
            OSError: the disk refuses; the shard stays as it is.
        """
        if self._open is not None:
            self._open.commit()
            self._open = None
            self._next += 1

    def read(self, position: int) -> dict[str, Any]:
        """Return the record at a position.

        Raises:
            OSError: the shard cannot be read.
            ValueError, TypeError: it has been altered.
        """
        number, offset = position >> _OFFSET_BITS, position & (1 << _OFFSET_BITS) - 1
        with _shard_path(self._folder, number).open("rb") as file:
            file.seek(offset)
            record = json.loads(file.readline())
        return dict(record)

    def read_html(self, position: int, record: Mapping[str, Any]) -> bytes:
        """Return what the pages show of the image at a position, by its record."""
        begin, length = record[_HTML]
        with _shard_path(self._folder, position >> _OFFSET_BITS, _HTML).open("rb") as file:
            file.seek(begin)
            return file.read(length)

    def records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield positions and records of all shards in place; what was altered is skipped.

        Raises:
            OSError: a shard cannot be read.
        """
        for number in self._numbers():
            for offset, record in _lines(_shard_path(self._folder, number)):
                yield number << _OFFSET_BITS | offset, record

    def _numbers(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob("*.jsonl") if path.stem.isdecimal())

    def _index(self) -> tuple[np.ndarray[Any, np.dtype[np.uint64]], np.ndarray[Any, np.dtype[np.int64]]]:
        """Return the keys of all records, sorted, and their positions: 16 bytes an image."""
        keys, positions = array("Q"), array("q")
        for position, record in self.records():
            keys.append(digest(str(record.get("file"))))
            positions.append(position)
        found = np.array(keys, np.uint64)
        order = np.argsort(found, kind="stable")  # of two records of an image, the later one is last
        return found[order], np.array(positions, np.int64)[order]


class _OpenShard:
    """Shard being filled, in temporary files."""

    def __init__(self, folder: Path, number: int) -> None:
        self._targets = [_shard_path(folder, number, _HTML), _shard_path(folder, number)]
        self._parts = [part_path(target) for target in self._targets]
        self._files: list[IO[bytes]] = []
        try:
            for part in self._parts:
                self._files.append(part.open("wb"))
        except OSError:
            self.discard()
            raise
        self._html_end = self._end = self._count = 0
        self._begun = time.monotonic()

    @property
    def is_full(self) -> bool:
        return self._count >= MOST_IN_SHARD or time.monotonic() - self._begun >= SHARD_S

    def add(self, record: Mapping[str, Any], html: str) -> int:
        """Write a record and its HTML; return the offset of the record's line."""
        shown = html.encode("utf-8", "replace")
        self._files[0].write(shown)
        line = json.dumps({**record, _HTML: [self._html_end, len(shown)]}).encode() + b"\n"
        self._files[1].write(line)
        at = self._end
        self._html_end += len(shown)
        self._end += len(line)
        self._count += 1
        return at

    def commit(self) -> None:
        for file in self._files:
            if not file.closed:
                flush_to_disk(file)
                file.close()
        # The records come last: without them there is no shard.
        for part, target in zip(self._parts, self._targets, strict=True):
            if part.exists():
                part.replace(target)

    def discard(self) -> None:
        for file in self._files:
            with suppress(OSError):  # what is left in the buffer has no room on the disk
                file.close()
        for part in self._parts:
            part.unlink(missing_ok=True)


def _shard_path(folder: Path, number: int, suffix: str = "jsonl") -> Path:
    return folder / f"{number:06}.{suffix}"


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield offset and record of each line; lines that were altered are skipped."""
    offset = 0
    with path.open("rb") as file:
        for line in file:
            with suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict):
                    yield offset, record
            offset += len(line)


def digest(name: str) -> int:
    """Return 8 bytes of a name's hash, by which millions of names are held."""
    return int.from_bytes(hashlib.blake2b(os.fsencode(name), digest_size=8).digest(), "little")
