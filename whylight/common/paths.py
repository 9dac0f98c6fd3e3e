"""Path checks that never raise.

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
