"""Freed memory goes back to the system. Linux with the GNU C library; elsewhere nothing need be done."""

from __future__ import annotations

import ctypes
import logging
import sys

M_MMAP_THRESHOLD = -3
"""Of `mallopt` in malloc.h."""

LARGE_BYTES = 2**20
"""Blocks from this size on are the system's own pages, which it gets back as soon as they are freed."""

log = logging.getLogger(__name__)


def give_back_freed_memory() -> None:
    """Let the C library keep no freed blocks of a mebibyte or more, which are those of images.

    By itself it raises that threshold to 32 MiB as it sees such blocks freed, and then keeps them for later
    in one pool for each thread: after some minutes of browsing, nine tenths of the resident memory were
    unused (docs/engineering/window.md).
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    if not mallopt(M_MMAP_THRESHOLD, LARGE_BYTES):
        log.info("the C library keeps its own threshold for large blocks")
