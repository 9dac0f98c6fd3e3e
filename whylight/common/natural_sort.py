"""Natural sorting: `img2` before `img10`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = re.compile("[0-9]+")

_DIGITS = 20
"""Maximum number of digits of a number; longer ones are sorted as text."""


def natural_key(name: str) -> str:
    """Return a sort key that compares numbers by value and ignores case."""
    return _NUMBER.sub(lambda number: number[0].zfill(_DIGITS), name.casefold())


def natural_sorted(names: Iterable[str]) -> list[str]:
    """Sort names naturally; equal ones, such as `a1` and `A01`, by code point."""
    return sorted(names, key=lambda name: (natural_key(name), name))
