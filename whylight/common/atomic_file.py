"""Files that are either whole or absent: written beside, flushed to the disk, renamed into place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, flush it to the disk, and rename it to `path`."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(beside)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Remove what processes that were killed while they wrote have left in `folder`."""
    for beside in folder.glob(".*.part"):
        beside.unlink()


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with a final line end."""
    data = (text.rstrip("\n") + "\n").encode()
    write_whole(path, lambda beside: beside.write_bytes(data))
