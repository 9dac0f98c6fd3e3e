"""Tests of what lies at a path that never raise.

`pathlib` in Python before 3.14 raises where a folder above may not be entered, or a name is impossible; here
that is a "no". Whoever then reads or writes says why it cannot be.
"""

from __future__ import annotations

import os
from pathlib import Path


def is_file(path: Path) -> bool:
    """Return whether there is a file that may be looked at."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Return whether there is a folder that may be looked at."""
    return os.path.isdir(path)  # noqa: PTH112


def is_there(path: Path) -> bool:
    """Return whether there is anything that may be looked at."""
    return os.path.exists(path)  # noqa: PTH110
