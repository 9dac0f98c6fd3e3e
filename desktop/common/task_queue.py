"""Background tasks with results on the interface thread.

`run_task(func, next_func, failed_func)` calls `func` on a thread of the queue, and `next_func` with its
result on the interface thread. `run_steps` does the same with a generator: each yielded value is delivered,
and each `yield` is a point of cancellation, where the worker also waits for a busy interface. A cancelled
task delivers nothing more, even if its thread is still running.

Queues are created, used and closed on the interface thread. `close` joins their threads.
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
"""Maximum number of undelivered steps of a worker, so that a fast one cannot flood the interface."""


class Task:
    """A task in a queue."""

    __slots__ = ("_cancelled", "room")

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self.room = threading.Semaphore(STEPS_AHEAD)
        """Limits the number of undelivered steps."""

    def cancel(self) -> None:
        """Deliver nothing more and stop at the next `yield`; no effect if finished."""
        self._cancelled.set()
        self.room.release()  # wakes a waiting worker

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called; thread-safe."""
        return self._cancelled.is_set()


class TaskQueue(QObject):
    """Queue of tasks with its own threads.

    With `newest_wins`, a new task cancels all earlier ones.
    """

    _delivery = Signal(object, object)
    """A task and the function to call on the interface thread."""

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
        """Number of idle threads."""
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

        # Called on the interface thread.
        def finish() -> None:
            self._open_tasks.discard(task)
            if done_func is not None:
                done_func()

        def fail(error: Exception) -> None:
            self._open_tasks.discard(task)
            failed_func(error)

        # Called on a worker: deliver each value, at most `STEPS_AHEAD` undelivered.
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
            # Start another thread if none is idle.
            is_short = self._waiting < len(self._queue) and len(self._threads) < self._thread_count
        if is_short:
            self._start_thread()
        return task

    def cancel_all(self) -> None:
        """Cancel all waiting and running tasks."""
        with self._changed:
            self._queue.clear()
        for task in self._open_tasks:
            task.cancel()
        self._open_tasks.clear()

    @property
    def idle(self) -> bool:
        """Whether every task was delivered, failed or was cancelled."""
        return not self._open_tasks

    def close(self) -> None:
        """Cancel all tasks and wait for the threads; the queue accepts no more tasks."""
        self.cancel_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start_thread(self) -> None:
        name = f"whylight-{self._name}-{len(self._threads)}"
        # A daemon, so that the process ends if the interface crashes;
        # normally `close` joins it.
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
            # Release the closure, which keeps images and tensors alive.
            del task, run

    @Slot(object, object)
    def _deliver(self, task: Task, call: Callable[[], None]) -> None:
        try:
            if not task.cancelled:
                call()
        finally:
            task.room.release()
