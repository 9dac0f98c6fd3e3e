"""Many pictures at once, in threads: results in the pictures' order, memory bounded, no thread left."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 2
"""Results a thread that may wait for their turn, so that one slow picture does not hold up the others."""


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Generator[tuple[Item, Future[Result]], None, None]:
    """Each item with what `work` makes of it, in the order of the items, `threads` of them at work at once.

    Items are taken from their iterable as their turn comes. A future that is given out may not be done yet;
    what `work` raised is raised by its `result()`. Closing the generator (`contextlib.closing`) begins no
    more items, waits for those at work and ends the threads.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="whylight-pictures")
    try:
        left = iter(items)
        begun = deque((item, pool.submit(work, item)) for item in islice(left, _AHEAD * threads))
        while begun:
            yield begun.popleft()
            begun.extend((item, pool.submit(work, item)) for item in islice(left, 1))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class Room:
    """A number of pixels that several threads share.

    One picture can be as large as hundreds of others, and several such at once would not fit into memory.

    Args:
        pixels: at most so many are taken at once; a picture that is larger waits until it is alone.
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
