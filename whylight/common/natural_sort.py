"""The order in which people count: `img2` before `img10`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = re.compile("[0-9]+")

_DIGITS = 20
"""Numbers with more digits than so many are sorted as text."""


def natural_key(name: str) -> str:
    """What to sort names by so that their numbers count as numbers, and upper case as lower case."""
    return _NUMBER.sub(lambda number: number[0].zfill(_DIGITS), name.casefold())


def natural_sorted(names: Iterable[str]) -> list[str]:
    """Names as people count; what counts the same, such as `a1` and `A01`, in the order of its letters."""
    return sorted(names, key=lambda name: (natural_key(name), name))
