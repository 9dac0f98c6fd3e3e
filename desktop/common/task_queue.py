"""The one way to leave the interface thread.

A `TaskQueue` is a queue with its own threads. `run_task(func, next_func, failed_func)` calls `func` on one
of them and `next_func` with its result back on the interface thread. `run_steps` does the same with a
generator: every value it yields comes back, and every `yield` is a point where it can be cancelled, and
where it waits for an interface that is busy. A task that has been cancelled delivers nothing more, whatever
its thread is still doing.

Queues are made, used and closed on the interface thread. `close` joins their threads.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

log = logging.getLogger(__name__)

T = TypeVar("T")


STEPS_AHEAD = 2
"""How many steps a worker may be ahead of the interface, which must not drown in a quick worker's results."""


class Task:
    """One piece of work handed to a queue."""

    __slots__ = ("_cancelled", "room")

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self.room = threading.Semaphore(STEPS_AHEAD)
        """For steps that have not been delivered yet."""

    def cancel(self) -> None:
        """Deliver nothing more and stop at the next `yield`; no effect when finished."""
        self._cancelled.set()
        self.room.release()  # wakes a worker that waits for it

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called; may be asked from any thread."""
        return self._cancelled.is_set()


class TaskQueue(QObject):
    """Queue of tasks with threads; `newest_wins`: a new task cancels all before it."""

    _delivery = Signal(object, object)
    """A task and what to call for it on the interface thread."""

    def __init__(
        self, name: str, *, threads: int = 1, newest_wins: bool = False, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._thread_count = threads
        self._newest_wins = newest_wins
        self._threads: list[threading.Thread] = []
        self._open_tasks: set[Task] = set()
        self._queue: deque[tuple[Task, Callable[[], None]]] = deque()
        self._waiting = 0
        """Threads that have nothing to do."""
        self._changed = threading.Condition()
        """Guards the queue, `_waiting` and `_closed`."""
        self._closed = False
        self._delivery.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run_task(
        self,
        func: Callable[[], T],
        next_func: Callable[[T], None],
        failed_func: Callable[[Exception], None],
    ) -> Task:
        """Call `func` on a thread, then `next_func(result)` or `failed_func(error)` here."""

        def single_step() -> Iterator[T]:
            yield func()

        return self.run_steps(single_step, next_func, failed_func)

    def run_steps(
        self,
        steps: Callable[[], Iterator[T]],
        next_func: Callable[[T], None],
        failed_func: Callable[[Exception], None],
        done_func: Callable[[], None] | None = None,
    ) -> Task:
        """Iterate `steps()` on a thread; `next_func` gets each value; then `done_func`."""
        if self._newest_wins:
            self.cancel_all()
        task = Task()
        self._open_tasks.add(task)

        def finish() -> None:
            self._open_tasks.discard(task)
            if done_func is not None:
                done_func()

        def fail(error: Exception) -> None:
            self._open_tasks.discard(task)
            failed_func(error)

        def run() -> None:
            try:
                values = steps()
                while not task.cancelled:
                    try:
                        value = next(values)
                    except StopIteration:
                        self._delivery.emit(task, finish)
                        return
                    task.room.acquire()
                    self._delivery.emit(task, lambda value=value: next_func(value))
            except Exception as error:
                self._delivery.emit(task, lambda error=error: fail(error))

        with self._changed:
            if self._closed:
                self._open_tasks.discard(task)
                task.cancel()
                return task
            self._queue.append((task, run))
            self._changed.notify()
            is_short = self._waiting < len(self._queue) and len(self._threads) < self._thread_count
        if is_short:
            self._start_thread()
        return task

    def cancel_all(self) -> None:
        """Cancel all tasks, waiting and running."""
        with self._changed:
            self._queue.clear()
        for task in self._open_tasks:
            task.cancel()
        self._open_tasks.clear()

    @property
    def idle(self) -> bool:
        """Whether every task has been delivered, has failed or was cancelled."""
        return not self._open_tasks

    def close(self) -> None:
        """Cancel everything and wait for the threads to end; the queue takes no more work."""
        self.cancel_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start_thread(self) -> None:
        name = f"whylight-{self._name}-{len(self._threads)}"
        # A daemon, so that a crash of the interface is not followed by a process that never ends;
        # in the ordinary course `close` joins it.
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._waiting += 1
                while not self._queue and not self._closed:
                    self._changed.wait()
                self._waiting -= 1
                if self._closed:
                    return
                task, run = self._queue.popleft()
            if not task.cancelled:
                run()
            # Not held while waiting: the closure keeps images and tensors alive.
            del task, run

    @Slot(object, object)
    def _deliver(self, task: Task, call: Callable[[], None]) -> None:
        try:
            if not task.cancelled:
                call()
        finally:
            task.room.release()
