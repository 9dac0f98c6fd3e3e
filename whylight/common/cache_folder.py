"""The folder of adopted models, and of which models were tried."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

CACHE_VARIABLE = "WHYLIGHT_CACHE"
"""The environment variable that names another folder for what is kept."""


def cache_folder() -> Path:
    """Return the folder of adopted models.

    It is the user's cache folder, or the one that `WHYLIGHT_CACHE` names.
    """
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given)
    return Path(platformdirs.user_cache_dir("whylight", appauthor=False)) / "adopted"
