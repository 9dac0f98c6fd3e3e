"""Memory saving for large models, and returning freed memory to the system."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

LARGE = 1 << 28
"""Size of weights in bytes above which memory is saved at the cost of time."""


def trim_heap() -> None:
    """Return freed memory to the system.

    glibc keeps freed blocks of up to 32 MB once the first of their size has been freed; after several copies
    of a network's weights these can exceed its size. No-op on other systems.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> ctypes._NamedFuncPointer | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)  # not in musl
