"""The base class of features: busy while anything is on its way, closed with all it started."""

from __future__ import annotations

import threading

from desktop.common.feature import Feature


class Reader(Feature):
    """Reads on two queues, as `OutputController` does."""

    def __init__(self, parent: Feature | None = None) -> None:
        super().__init__(parent)
        self.first = self._add_queue("first")
        self.second = self._add_queue("second", newest_wins=True)
        self.results: list[object] = []

    def read(self, queue, func) -> None:
        queue.run_task(func, self.results.append, self._report)


class Owner(Feature):
    """Has another feature as a part, as `FileController` does."""

    def __init__(self) -> None:
        super().__init__()
        self.part = Reader(self)
        self._add_parts(self.part)


def threads() -> list[str]:
    names = ("whylight-first-0", "whylight-second-0")
    return [thread.name for thread in threading.enumerate() if thread.name in names]


def test_it_is_busy_until_every_queue_has_delivered(application, wait_until):
    reader, go = Reader(), {name: threading.Event() for name in ("first", "second")}
    assert not reader.busy
    reader.read(reader.first, go["first"].wait)
    reader.read(reader.second, go["second"].wait)
    assert reader.busy
    go["first"].set()
    wait_until(lambda: reader.first.idle)
    assert reader.busy
    go["second"].set()
    wait_until(lambda: not reader.busy)
    assert reader.results == [True, True]
    reader.close()


def test_an_error_of_a_task_is_reported_as_text(application, wait_until):
    def fail() -> None:
        raise FileNotFoundError("no such shelf")

    reader, heard = Reader(), list[str]()
    reader.failed.connect(heard.append)
    reader.read(reader.first, fail)
    wait_until(lambda: heard)
    assert heard == ["no such shelf"]
    assert reader.results == []
    assert not reader.busy
    reader.close()


def test_closing_ends_the_threads_and_takes_no_more_work(application):
    reader = Reader()
    reader.read(reader.first, lambda: None)
    reader.read(reader.second, lambda: None)
    assert threads()
    reader.close()
    assert not threads()
    reader.read(reader.first, lambda: None)
    assert not reader.busy


def test_its_parts_count_as_its_own(application, wait_until):
    owner, go, heard = Owner(), threading.Event(), list[str]()
    owner.failed.connect(heard.append)
    owner.part.read(owner.part.first, go.wait)
    assert owner.busy
    go.set()
    wait_until(lambda: not owner.busy)
    owner.part.failed.emit("torn")
    assert heard == ["torn"]
    assert threads()
    owner.close()
    assert not threads()
