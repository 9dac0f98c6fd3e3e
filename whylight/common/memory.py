"""Size from which memory is saved, and returning freed memory to the system."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

LARGE = 1 << 28
"""Bytes of weights from which on memory is saved where that costs some time."""


def trim_heap() -> None:
    """Return freed memory to the system, after something large.

    glibc keeps freed blocks of up to 32 MB for itself once the first of their size has been freed; after some
    copies of a network's weights these add up to its size and more. Other systems need no asking.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> ctypes._NamedFuncPointer | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
