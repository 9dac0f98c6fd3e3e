"""Atomic writing: fill a file beside its place, flush it, rename it into place."""

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
    if durable:  # of many small files the caller removes them once, in `remove_stale_below`
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
    """Write `data`; arguments and errors are those of `write_whole`."""
    write_whole(path, lambda part: part.write_bytes(data), durable=durable)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with a final line end; errors are those of `write_whole`."""
    write_bytes(path, (text.rstrip("\n") + "\n").encode())


def flush_to_disk(file: IO[Any]) -> None:
    """Flush an open file's content from Python and from the system to the disk."""
    file.flush()
    os.fsync(file.fileno())


def remove_stale(path: Path) -> None:
    """Remove what killed processes left when they wrote `path`; files of running ones stay."""
    for part in path.parent.glob(f".{_literal(path.name)}.*.part"):
        _remove_if_stale(part)


def remove_stale_below(folder: Path) -> None:
    """Remove the partly written files of killed processes in `folder` and all folders below."""
    for part in _parts_below(folder):
        _remove_if_stale(part)


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
    """Remove the partly written files that killed processes left in `folder`."""
    for part in folder.glob(".*.part"):
        part.unlink()
