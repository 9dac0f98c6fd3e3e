"""Tests of what lies at a path that never raise, and paths as text.

Before Python 3.14, `pathlib` raises for inaccessible parent folders and invalid names; here such paths do not
exist. Reading or writing them reports the actual error.
"""

from __future__ import annotations

import os
from pathlib import Path


def is_file(path: Path) -> bool:
    """Return whether `path` is an accessible file."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Return whether `path` is an accessible folder."""
    return os.path.isdir(path)  # noqa: PTH112


def is_there(path: Path) -> bool:
    """Return whether `path` exists and is accessible."""
    return os.path.exists(path)  # noqa: PTH110


def valid_unicode(path: str | os.PathLike[str]) -> str:
    r"""Return a path as text that every encoding of Unicode can hold.

    A file name in Latin-1 on a system of UTF-8 has bytes that are no text, which Python keeps as lone
    surrogates; here they become `\xe9`. CSV, JSON and HTML that held them would be invalid.
    """
    text = os.fspath(path)
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half of a UTF-16 pair, which Windows allows in names
        return text.encode("utf-8", "backslashreplace").decode()
