"""Threads of a report: order kept, errors told, a bounded number of results and pixels, none left behind."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from explain.explainer import Explainer
from explain.images import write_image
from explain.report import Progress, threads_a_run, workers, write_report
from explain.report.together import Room, in_order
from tests.explain.conftest import painted


def report_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("whylight-report")]


def test_results_come_in_the_order_of_the_items_whichever_is_ready_first() -> None:
    later_is_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert later_is_done.wait(10)
        if item == 3:
            later_is_done.set()
        return item * item

    found = [(item, future.result()) for item, future in in_order(work, range(8), 2)]
    assert found == [(item, item * item) for item in range(8)]
    assert report_threads() == []


def test_an_error_is_raised_in_its_place_and_the_others_go_on() -> None:
    def work(item: int) -> int:
        return 12 // item

    told = []
    for item, future in in_order(work, [3, 0, 4], 2):
        try:
            told.append((item, future.result()))
        except ZeroDivisionError:
            told.append((item, -1))
    assert told == [(3, 4), (0, -1), (4, 3)]


def test_no_more_than_a_few_results_wait_and_closing_begins_no_others() -> None:
    begun: list[int] = []
    with closing(in_order(begun.append, range(1000), 3)) as outcomes:
        for item, future in outcomes:
            future.result()
            assert len(begun) <= item + 1 + 3 * 2
            if item == 10:
                break
    assert len(begun) <= 11 + 3 * 2
    assert report_threads() == []


def test_room_is_shared_and_a_picture_larger_than_it_is_alone() -> None:
    room, lock = Room(100), threading.Lock()
    held, most = 0, 0

    def work(pixels: int) -> None:
        nonlocal held, most
        with room.taken(pixels):
            with lock:
                held += pixels
                most = max(most, held)
            time.sleep(0.005)
            with lock:
                held -= pixels

    sizes = [30, 60, 30, 90, 10, 100, 50, 50]
    for _, future in in_order(work, sizes, 4):
        future.result()
    assert 50 < most <= 100
    with room.taken(1000):  # waits for ever, were it not given all there is
        pass


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Thirty pictures, each of another size and with another share of its colour."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        image = painted(("red", "green", "blue")[number % 3], (40 + number, 70 - number))
        write_image(folder / f"{number:02}.png", image)
    (folder / "11.png").write_bytes(b"no picture")
    return folder


def written(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.png")}


def rows(out: Path) -> list[str]:
    """The table without its last column, the milliseconds."""
    lines = (out / "predictions.csv").read_text(encoding="utf-8-sig").splitlines()
    return [line.rpartition(",")[0] for line in lines]


@pytest.mark.parametrize("scale", ["picture", "folder"])
def test_many_threads_write_what_one_writes(
    explainer: Explainer, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scale: str
) -> None:
    told: dict[int, list[Progress]] = {1: [], 5: []}
    for threads in told:
        monkeypatch.setattr(workers, "_cores", lambda threads=threads: threads)
        report = write_report(
            explainer, [many], tmp_path / str(threads), top=2, scale=scale, on_progress=told[threads].append
        )
        assert [failure.path.name for failure in report.failures] == ["11.png"]
        assert report.explained == 29
    assert told[1] == told[5]
    assert rows(tmp_path / "1") == rows(tmp_path / "5")
    assert written(tmp_path / "1") == written(tmp_path / "5")


def test_what_was_explained_ahead_of_the_end_leaves_no_files(
    explainer: Explainer, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_cores", lambda: 4)
    told: list[Progress] = []
    out = tmp_path / "out"
    report = write_report(explainer, [many], out, on_progress=told.append, cancelled=lambda: len(told) == 3)
    assert (report.cancelled, report.explained) == (True, 3)
    assert sorted(written(out)) == [
        str(Path("panels") / f"0{number}.png.{kind}.png")
        for number in range(3)
        for kind in ("heatmap", "image", "overlay")
    ]
    assert report_threads() == []


def test_an_error_of_the_programme_itself_reaches_the_caller(
    explainer: Explainer, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> np.ndarray:
        raise MemoryError("no room")

    monkeypatch.setattr(Explainer, "explain", broken)
    with pytest.raises(MemoryError, match="no room"):
        write_report(explainer, [many], tmp_path / "out")
    assert report_threads() == []
    assert not (tmp_path / "out" / "index.html").exists()


def test_a_model_is_opened_for_a_run_a_core_where_pictures_are_many(
    explainer: Explainer, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int | None] = []

    def with_threads(self: Explainer, threads: int | None) -> Explainer:
        opened.append(threads)
        return self

    monkeypatch.setattr(Explainer, "with_threads", with_threads)
    monkeypatch.setattr(workers, "_cores", lambda: 3)
    few = sorted(many.iterdir())[:11]
    assert (threads_a_run([many]), threads_a_run(few), threads_a_run([many / "gone"])) == (1, None, None)
    write_report(explainer, few, tmp_path / "few")
    assert opened == []
    write_report(explainer, [many], tmp_path / "out")
    assert opened == [1]
    monkeypatch.setattr(workers, "_cores", lambda: 1)
    assert threads_a_run([many]) is None
