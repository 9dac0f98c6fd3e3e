"""A remedy for a reference that PySide6 loses.

PySide6 6.12.0's `Signal.emit` returns `True` without counting the reference that it gives away, so every
emission takes one from the interpreter, and Python aborts at the last ("bool_dealloc: deallocating True
or False"): after some thousand emissions, that is some minutes of browsing. Python 3.12 made `True` and
`False` immortal, which hides it; this does the same for Python 3.11.
"""

from __future__ import annotations

import ctypes
import sys

ENOUGH = 2**40
"""References, at a million lost a second, for twelve days."""


def make_booleans_immortal() -> None:
    """Count so many references to `True` and `False` that they never run out; called once, at the start."""
    if sys.implementation.name == "cpython" and sys.version_info < (3, 12):
        for boolean in (True, False):
            # The reference count is the first field of a CPython 3.11 object, and its address is its id.
            ctypes.c_ssize_t.from_address(id(boolean)).value += ENOUGH
