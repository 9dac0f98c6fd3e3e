"""A remedy for references that PySide6 loses under Python 3.11.

PySide6 6.12.0 is offered for Python 3.11, but is built as for 3.12 and later, where `None`, `True`, `False`
and their like are immortal: it returns them without counting the reference that it gives away. Under 3.11
every call of a Qt function without a result takes one reference to `None` from the interpreter, which
aborts at the last ("none_dealloc: deallocating None"), in the middle of browsing. So the window makes them
immortal, too.
"""

from __future__ import annotations

import ctypes
import sys

ENOUGH = 2**40
"""References: at a million lost a second, they last for twelve days."""


def make_singletons_immortal() -> None:
    """Count so many references to the interpreter's singletons that they never run out; call it first."""
    if sys.implementation.name == "cpython" and sys.version_info < (3, 12):
        for singleton in (None, True, False, NotImplemented, Ellipsis):
            # The reference count is the first field of a CPython 3.11 object, whose address is its id.
            ctypes.c_ssize_t.from_address(id(singleton)).value += ENOUGH
