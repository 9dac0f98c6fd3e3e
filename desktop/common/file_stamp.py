"""Fingerprints of files to detect changes."""

from __future__ import annotations

from pathlib import Path

Stamp = tuple[Path, int, int]
"""Path, modification time in ns and size in bytes of a file."""


def file_fingerprint(path: Path) -> Stamp | None:
    """Return the fingerprint of a file, or None if it does not exist."""
    try:
        status = path.stat()
    except OSError:
        return None
    return path, status.st_mtime_ns, status.st_size
