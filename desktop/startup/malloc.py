"""Return freed memory to the system with the GNU C library; no-op elsewhere."""

from __future__ import annotations

import ctypes
import logging
import sys

M_MMAP_THRESHOLD = -3
"""Parameter of `mallopt`, from malloc.h."""

LARGE_BYTES = 2**20
"""Larger blocks are mapped separately and returned to the system when freed."""

log = logging.getLogger(__name__)


def give_back_freed_memory() -> None:
    """Let the C library map blocks of 1 MiB or more, such as images, separately.

    By default it raises this threshold up to 32 MiB when such blocks are freed, and keeps them in one pool
    per thread: after some minutes of browsing, nine tenths of the resident memory were unused
    (docs/engineering/window.md).
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    if not mallopt(M_MMAP_THRESHOLD, LARGE_BYTES):
        log.info("the C library keeps its own threshold for large blocks")
