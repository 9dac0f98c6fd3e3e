"""The version of this copy of Whylight."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as _of_distribution


def version() -> str:
    """The version as installed; `unknown` where the package was only put on the path."""
    try:
        return _of_distribution("whylight")
    except PackageNotFoundError:
        return "unknown"
