"""Work in threads: order, what closing waits for, and threads that stay."""

from __future__ import annotations

import os
import threading
import time
from contextlib import closing

import pytest

from whylight.parallel.ordered_map import ordered_map


def test_results_come_in_the_order_of_the_items_from_as_many_threads_as_asked_for():
    at_once, most, lock = 0, 0, threading.Lock()
    all_three = threading.Barrier(3, timeout=60)

    def work(number: int) -> int:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        if number < 3:
            all_three.wait()
        time.sleep(0.001 * (number % 3))
        with lock:
            at_once -= 1
        return number**2

    with closing(ordered_map(work, range(50), 3)) as outcomes:
        assert [(item, outcome.result()) for item, outcome in outcomes] == [(n, n**2) for n in range(50)]
    assert most == 3


def test_closing_waits_for_what_is_at_work_and_begins_no_more():
    begun, ended, go_on = [], [], threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        assert go_on.wait(20)
        ended.append(number)

    with closing(ordered_map(work, range(50), 2)) as outcomes:
        next(outcomes)
        next(outcomes)  # neither is done
        threading.Timer(0.05, go_on.set).start()
    assert sorted(ended) == sorted(begun)
    assert 0 < len(begun) < 10
    count = len(begun)
    time.sleep(0.02)
    assert len(begun) == count


def test_what_work_raises_is_raised_by_its_result_and_ends_nothing():
    with closing(ordered_map(lambda number: 1 / number, [1, 0, 2], 2)) as outcomes:
        results = list(outcomes)
    assert isinstance(results[1][1].exception(), ZeroDivisionError)
    assert [results[0][1].result(), results[2][1].result()] == [1, 0.5]


def test_threads_stay_for_the_next_call():
    """OpenCV keeps 0.9 KB for every thread that has used it, and no report should cost that."""

    def threads() -> set[threading.Thread]:
        with closing(ordered_map(lambda _: threading.current_thread(), range(20), 2)) as outcomes:
            return {outcome.result() for _, outcome in outcomes}

    seen = set[threading.Thread]()
    for _ in range(20):
        seen |= threads()
    assert len(seen) <= 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    def squares() -> list[int]:
        with closing(ordered_map(lambda number: number**2, range(5), 2)) as outcomes:
            return [outcome.result() for _, outcome in outcomes]

    assert squares() == [0, 1, 4, 9, 16]
    child = os.fork()
    if child == 0:
        threading.Timer(20, os._exit, [1]).start()  # as it would wait for its parent's threads
        os._exit(0 if squares() == [0, 1, 4, 9, 16] else 2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
