"""Atomic writing: write a temporary file, flush it and rename it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any


def part_path(path: Path) -> Path:
    """Return the temporary path next to `path` used by this process."""
    # The process ID separates two runs that write to the same folder.
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def write_whole(path: Path, write: Callable[[Path], object], *, durable: bool = True) -> None:
    """Write a file atomically: `write` fills a temporary file, which is renamed.

    Args:
        path: the file, replaced if it exists.
        write: called with the path of the temporary file.
        durable: flush the file to disk before renaming, so that it survives a power failure.

    Raises:
        OSError: the file cannot be written; `path` is unchanged.
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
    """Write `data` atomically; see `write_whole` for arguments and errors."""
    write_whole(path, lambda part: part.write_bytes(data), durable=durable)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with a final newline; see `write_whole` for errors."""
    write_bytes(path, (text.rstrip("\n") + "\n").encode())


def flush_to_disk(file: IO[Any]) -> None:
    """Flush Python's and the system's buffers of an open file to disk."""
    file.flush()
    os.fsync(file.fileno())


def remove_unfinished(folder: Path) -> None:
    """Remove temporary files that killed processes left in `folder`."""
    for part in folder.glob(".*.part"):
        part.unlink()
