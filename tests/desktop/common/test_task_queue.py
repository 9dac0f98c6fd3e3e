"""The one way off the interface thread: where results arrive, what cancelling means, how it closes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from desktop.common.task_queue import STEPS_AHEAD, TaskQueue


@pytest.fixture
def queues(application):
    made: list[TaskQueue] = []

    def make(**options) -> TaskQueue:
        made.append(TaskQueue("test", **options))
        return made[-1]

    yield make
    for queue in made:
        queue.close()


def unexpected(error: Exception) -> None:
    raise AssertionError(f"unexpected {error!r}")


def test_work_is_done_elsewhere_and_its_result_arrives_here(queues, wait_until):
    seen: list[tuple[int, str]] = []
    worker_names: list[str] = []

    def double() -> int:
        worker_names.append(threading.current_thread().name)
        return 2 * 21

    queue = queues()
    queue.run_task(double, lambda value: seen.append((value, threading.current_thread().name)), unexpected)
    assert not queue.idle
    wait_until(lambda: queue.idle)
    assert seen == [(42, threading.main_thread().name)]
    assert worker_names == ["whylight-test-0"]


def test_an_error_arrives_as_the_exception_that_was_raised(queues, wait_until):
    errors: list[Exception] = []
    problem = ValueError("no")

    def fail() -> None:
        raise problem

    queue = queues()
    queue.run_task(fail, lambda _: unexpected(problem), errors.append)
    wait_until(lambda: errors)
    assert errors == [problem]
    assert queue.idle


def test_steps_arrive_in_order_and_then_the_end(queues, wait_until):
    seen: list[object] = []
    queue = queues()
    queue.run_steps(lambda: iter(range(4)), seen.append, unexpected, lambda: seen.append("end"))
    wait_until(lambda: queue.idle)
    assert seen == [0, 1, 2, 3, "end"]


def test_a_cancelled_generator_stops_at_its_next_yield_and_delivers_nothing_more(queues, wait_until):
    seen: list[int] = []
    go_on, ended = threading.Event(), threading.Event()

    def steps() -> Iterator[int]:
        try:
            yield 1
            go_on.wait(20)
            yield 2
            raise AssertionError("went on after it was cancelled")
        finally:
            ended.set()

    queue = queues()
    task = queue.run_steps(steps, seen.append, unexpected, lambda: seen.append(-1))
    wait_until(lambda: seen == [1])
    task.cancel()
    go_on.set()
    wait_until(ended.is_set)
    assert seen == [1]


def test_a_quick_worker_waits_for_the_interface(queues, wait_until, application):
    made: list[int] = []

    def steps() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    seen: list[int] = []
    queue = queues()
    queue.run_steps(steps, seen.append, unexpected)
    time.sleep(0.1)  # the interface is busy
    assert len(made) <= STEPS_AHEAD + 1
    wait_until(lambda: queue.idle)
    assert seen == list(range(50))


def test_newest_wins_drops_what_waits_and_what_runs(queues, wait_until):
    seen: list[str] = []
    ran: list[str] = []
    started, go_on = threading.Event(), threading.Event()

    def first() -> str:
        ran.append("first")
        started.set()
        go_on.wait(20)
        return "first"

    def named(name: str) -> str:
        ran.append(name)
        return name

    queue = queues(newest_wins=True)
    queue.run_task(first, seen.append, unexpected)
    wait_until(started.is_set)
    queue.run_task(lambda: named("second"), seen.append, unexpected)
    queue.run_task(lambda: named("third"), seen.append, unexpected)
    go_on.set()
    wait_until(lambda: queue.idle)
    assert seen == ["third"]
    assert ran == ["first", "third"], "what waited was not even begun"


def test_several_threads_work_at_once(queues, wait_until):
    both = threading.Barrier(2, timeout=20)
    seen: list[int] = []
    queue = queues(threads=2)
    for _ in range(2):
        queue.run_task(both.wait, seen.append, unexpected)
    wait_until(lambda: queue.idle)
    assert sorted(seen) == [0, 1]


def test_a_second_thread_takes_over_while_the_first_is_busy_with_cancelled_work(queues, wait_until):
    started, go_on = threading.Event(), threading.Event()

    def stuck() -> str:
        started.set()
        go_on.wait(20)
        return "too late"

    seen: list[str] = []
    queue = queues(threads=2, newest_wins=True)
    queue.run_task(stuck, seen.append, unexpected)
    wait_until(started.is_set)
    queue.run_task(lambda: "newest", seen.append, unexpected)
    wait_until(lambda: seen == ["newest"])
    go_on.set()


def test_closing_waits_for_the_thread_and_takes_no_more_work(queues):
    started, finished = threading.Event(), threading.Event()

    def slow() -> None:
        started.set()
        finished.wait(0.2)
        finished.set()

    queue = queues()
    queue.run_task(slow, unexpected, unexpected)
    assert started.wait(20)
    queue.close()
    assert finished.is_set()
    assert queue.run_task(slow, unexpected, unexpected).cancelled
    assert queue.idle
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("whylight-test")]
