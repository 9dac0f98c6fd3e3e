"""Ordered map over images in threads, with bounded memory."""

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

_AHEAD = 2
"""Results a thread that may wait for their turn, so that one slow image does not hold up the others."""


def ordered_map(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Generator[tuple[Item, Future[Result]], None, None]:
    """Each item with what `work` makes of it, in the order of the items, `threads` of them at work at once.

    Items are taken from their iterable as their turn comes. A future that is given out may not be done yet;
    what `work` raised is raised by its `result()`. Closing the generator (`contextlib.closing`) begins no
    item that was not given out, and waits for those at work. The threads stay for the next call; calls at the
    same time with as many threads share them, so `work` must not call this itself.
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
            del item, future  # what it gave may be large
            given = [future for future in given if not future.done()]
            begun.extend((item, pool.submit(work, item)) for item in islice(left, 1))
    finally:
        for _, future in begun:
            future.cancel()
        wait([*given, *(future for _, future in begun)])


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that stay: OpenCV keeps 0.9 KB for every thread that has used it (opencv/opencv#9745)."""
    return ThreadPoolExecutor(threads, thread_name_prefix="whylight-images")


if hasattr(os, "register_at_fork"):  # a forked process has none of its parent's threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


class PixelBudget:
    """A number of pixels that several threads share.

    One image can be as large as hundreds of others, and several such at once would not fit into memory.

    Args:
        pixels: at most so many are taken at once; an image that is larger waits until it is alone.
    """

    def __init__(self, pixels: int) -> None:
        self._pixels = self._free = pixels
        self._freed = threading.Condition()

    @contextmanager
    def taken(self, pixels: int) -> Iterator[None]:
        """Wait until there is room for so many pixels, and take it."""
        pixels = min(pixels, self._pixels)
        with self._freed:
            self._freed.wait_for(lambda: pixels <= self._free)
            self._free -= pixels
        try:
            yield
        finally:
            with self._freed:
                self._free += pixels
                self._freed.notify_all()
