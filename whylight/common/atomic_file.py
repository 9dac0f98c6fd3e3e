"""Atomic writing: write a temporary file, flush it and rename it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

_PART = re.compile(r"^\..*\.(\d+)\.part$", re.DOTALL)
"""The name of a file being filled; the number is its process's."""


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
    if durable:  # of many small files the caller removes them once, in `remove_parts_below`
        remove_stale(path)
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


def remove_stale(path: Path) -> None:
    """Remove partly written files of `path` that killed processes left."""
    for part in path.parent.glob(f".{_literal(path.name)}.*.part"):
        _remove_if_stale(part)


def remove_parts_below(folder: Path) -> None:
    """Remove partly written files below `folder`, to which nobody else may write."""
    for part in _parts_below(folder):
        with suppress(OSError):
            part.unlink()


def _parts_below(folder: Path) -> Iterator[Path]:
    for parent, _folders, names in os.walk(folder):
        yield from (Path(parent, name) for name in names if _PART.search(name))


def _remove_if_stale(part: Path) -> None:
    match = _PART.search(part.name)
    if match is not None and not _is_running(int(match[1])):
        with suppress(OSError):  # Windows refuses for a file that is open: its writer lives
            part.unlink()


def _is_running(process: int) -> bool:
    """Return whether there is such a process; on Windows only this one is known of."""
    if process == os.getpid():
        return True
    if sys.platform == "win32":  # os.kill would end the process
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # another user's; a number too large for any
        return True
    return True


def _literal(name: str) -> str:
    """Escape what `glob` reads as a pattern."""
    return re.sub(r"([*?[])", r"[\1]", name)


def remove_unfinished(folder: Path) -> None:
    """Remove temporary files that killed processes left in `folder`."""
    for part in folder.glob(".*.part"):
        part.unlink()
