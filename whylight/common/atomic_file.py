"""Atomic writing: fill a file beside its place, flush it, rename it into place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any


def part_path(path: Path) -> Path:
    """Return the path beside `path` at which this process fills a file or folder before it is renamed."""
    # The process number keeps two runs apart that write the same folder.
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def write_whole(path: Path, write: Callable[[Path], object], *, durable: bool = True) -> None:
    """Let `write` fill a file beside `path`, and rename it to `path`.

    Args:
        path: the file, replaced if there is one.
        write: called with the path to fill.
        durable: flush the file to the disk before it is renamed, so that it is whole after a power cut too.

    Raises:
        OSError: the file cannot be written; `path` is as it was.
    """
    part = part_path(path)
    try:
        write(part)
        if durable:
            with part.open("rb+") as file:
                flush_to_disk(file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write `data`; arguments and errors are those of `write_whole`."""
    write_whole(path, lambda part: part.write_bytes(data), durable=durable)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with a final line end; errors are those of `write_whole`."""
    write_bytes(path, (text.rstrip("\n") + "\n").encode())


def flush_to_disk(file: IO[Any]) -> None:
    """Flush an open file's content from Python and from the system to the disk."""
    file.flush()
    os.fsync(file.fileno())


def remove_unfinished(folder: Path) -> None:
    """Remove the partly written files that killed processes left in `folder`."""
    for part in folder.glob(".*.part"):
        part.unlink()
