"""Whether a file is still the one that was read."""

from __future__ import annotations

from pathlib import Path

Stamp = tuple[Path, int, int]
"""A file as it is: its path, when it was changed (ns of the system's clock), and its size in bytes."""


def file_fingerprint(path: Path) -> Stamp | None:
    """Look at a file; None where it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return path, status.st_mtime_ns, status.st_size
