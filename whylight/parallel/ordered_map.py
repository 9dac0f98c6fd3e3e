"""Ordered parallel map with bounded memory."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

POOL_THREADS = "whylight-images"
"""Prefix of the names of the pool's threads, which stay idle until the process ends."""

_AHEAD = 2
"""Results per thread that may wait for their turn, so that a slow image does not block others."""


def ordered_map(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Generator[tuple[Item, Future[Result]], None, None]:
    """Apply `work` to items in `threads` threads; yields items and futures in order.

    Items are taken from the iterable when needed. A yielded future may not be done yet; exceptions of `work`
    are raised by its `result()`. Closing the generator (`contextlib.closing`) starts no further items and
    waits for the running ones. The pool is kept and shared between calls with the same number of threads, so
    `work` must not call this function.
    """
    pool = _pool(threads)
    left = iter(items)
    begun: deque[tuple[Item, Future[Result]]] = deque()
    given: list[Future[Result]] = []
    try:
        begun.extend((item, pool.submit(work, item)) for item in islice(left, _AHEAD * threads))
        while begun:
            item, future = begun.popleft()
            given.append(future)
            yield item, future
            del item, future  # results may be large
            given = [future for future in given if not future.done()]
            begun.extend((item, pool.submit(work, item)) for item in islice(left, 1))
    finally:
        for _, future in begun:
            future.cancel()
        wait([*given, *(future for _, future in begun)])


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Return a cached pool, since OpenCV leaks 0.9 KB per thread (opencv/opencv#9745)."""
    return ThreadPoolExecutor(threads, thread_name_prefix=POOL_THREADS)


if hasattr(os, "register_at_fork"):  # threads do not survive a fork
    os.register_at_fork(after_in_child=_pool.cache_clear)


class MemoryBudget:
    """Limit on the memory of images held by several threads.

    One image can be as large as hundreds of others, and several such images would not fit into memory.

    Args:
        size: maximum number of bytes held at once; a larger image waits until it is the only one.
    """

    def __init__(self, size: int) -> None:
        self._size = self._free = size
        self._freed = threading.Condition()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Context manager that waits for room for `size` bytes and reserves it."""
        size = min(size, self._size)
        with self._freed:
            self._freed.wait_for(lambda: size <= self._free)
            self._free -= size
        try:
            yield
        finally:
            with self._freed:
                self._free += size
                self._freed.notify_all()
