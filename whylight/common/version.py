"""Version of the installed Whylight."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _of_distribution


def version() -> str:
    """Return the installed version, or `unknown` if Whylight is only on the path."""
    try:
        return _of_distribution("whylight")
    except PackageNotFoundError:
        return "unknown"
