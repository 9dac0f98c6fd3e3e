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


_RUN = 5000
"""Names sorted at once: `list.sort` lets no other thread run, and a window must not wait for 100,000."""


def natural_sorted(names: Iterable[str]) -> list[str]:
    """Sort names naturally; equal ones, such as `a1` and `A01`, by code point.

    Names must not contain NUL, as those of files cannot.
    """
    # One string instead of a tuple, which is compared several times faster. NUL sorts before all else.
    keyed = [f"{natural_key(name)}\0{name}" for name in names]
    runs: list[str] = []
    for start in range(0, len(keyed), _RUN):
        runs += sorted(keyed[start : start + _RUN])
    runs.sort()  # merges the sorted runs
    return [text[text.index("\0") + 1 :] for text in runs]
