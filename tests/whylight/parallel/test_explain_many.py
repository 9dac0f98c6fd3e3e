"""Threads of a report: order kept, errors told, a bounded number of results and pixels, none left behind."""

from __future__ import annotations

import csv
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.whylight.conftest import painted
from whylight.errors import ImageError, QuestionError
from whylight.explainer import Explainer
from whylight.images.encode import write_image
from whylight.inference import run_pair
from whylight.inference.batch_queue import BatchQueue
from whylight.inference.open_pair import OpenedPair
from whylight.inference.run_pair import InferenceRequest, InferenceResult, answer
from whylight.parallel import explain_many
from whylight.parallel.ordered_map import MemoryBudget, ordered_map
from whylight.report import Progress, threads_per_run, write_report


def nothing_at_work() -> bool:
    """Whether all threads of the pools, which stay, soon wait for their next task."""
    for _ in range(1000):
        frames = sys._current_frames()
        pool = [thread for thread in threading.enumerate() if thread.name.startswith("whylight-images")]
        assert pool, "the pool has another name by now"
        # A thread that waits is inside of `_worker` itself; one at work has called something from there.
        if all(frames[thread.ident].f_code.co_name == "_worker" for thread in pool if thread.ident in frames):
            return True
        time.sleep(0.01)
    return False


def test_results_come_in_the_order_of_the_items_whichever_is_ready_first() -> None:
    later_is_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert later_is_done.wait(10)
        if item == 3:
            later_is_done.set()
        return item * item

    found = [(item, future.result()) for item, future in ordered_map(work, range(8), 2)]
    assert found == [(item, item * item) for item in range(8)]
    assert nothing_at_work()


def test_an_error_is_raised_in_its_place_and_the_others_go_on() -> None:
    def work(item: int) -> int:
        return 12 // item

    told = []
    for item, future in ordered_map(work, [3, 0, 4], 2):
        try:
            told.append((item, future.result()))
        except ZeroDivisionError:
            told.append((item, -1))
    assert told == [(3, 4), (0, -1), (4, 3)]


def test_no_more_than_a_few_results_wait_and_closing_begins_no_others() -> None:
    begun: list[int] = []
    with closing(ordered_map(begun.append, range(1000), 3)) as outcomes:
        for item, future in outcomes:
            future.result()
            assert len(begun) <= item + 1 + 3 * 2
            if item == 10:
                break
    assert len(begun) <= 11 + 3 * 2
    assert nothing_at_work()


def test_room_is_shared_and_a_image_larger_than_it_is_alone() -> None:
    room, lock = MemoryBudget(100), threading.Lock()
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
    for _, future in ordered_map(work, sizes, 4):
        future.result()
    assert 50 < most <= 100
    with room.taken(1000):  # waits for ever, were it not given all there is
        pass


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Thirty images, each of another size and with another share of its colour."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        image = painted(("red", "green", "blue")[number % 3], (40 + number, 70 - number))
        write_image(folder / f"{number:02}.png", image)
    (folder / "11.png").write_bytes(b"no image")
    return folder


def written(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.png")}


def rows(out: Path) -> list[str]:
    """The table's lines."""
    with (out / "predictions.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert table
    return [",".join(row.values()) for row in table]


@pytest.mark.parametrize("scale", ["image", "folder"])
def test_many_threads_write_what_one_writes(
    explainer: Explainer, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scale: str
) -> None:
    told: dict[int, list[Progress]] = {1: [], 5: []}
    for threads in told:
        monkeypatch.setattr(explain_many, "_cores", lambda threads=threads: threads)
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
    monkeypatch.setattr(explain_many, "_cores", lambda: 4)
    told: list[Progress] = []
    out = tmp_path / "out"
    report = write_report(explainer, [many], out, on_progress=told.append, cancelled=lambda: len(told) == 3)
    assert (report.cancelled, report.explained) == (True, 3)
    assert sorted(written(out)) == [
        str(Path("panels") / f"0{number}.png.{kind}.png")
        for number in range(3)
        for kind in ("heatmap", "image", "overlay")
    ]
    assert nothing_at_work()


def test_an_error_of_the_programme_itself_reaches_the_caller(
    explainer: Explainer, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> np.ndarray:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(Explainer, "explain", broken)
    with pytest.raises(ZeroDivisionError, match="a mistake of ours"):
        write_report(explainer, [many], tmp_path / "out")
    assert nothing_at_work()
    assert not (tmp_path / "out" / "index.html").exists()


@pytest.mark.parametrize("scale", ["image", "folder"])
def test_an_image_for_which_memory_runs_out_is_a_failure_and_tried_again(
    explainer: Explainer, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scale: str
) -> None:
    explain, calls = Explainer.explain, []

    def starved(self: Explainer, *given: object, **options: object) -> object:
        calls.append(1)
        if len(calls) % 5 == 0:
            raise RuntimeError("[ONNXRuntimeError] : 6 : Failed to allocate memory for requested buffer")
        if len(calls) % 5 == 1:
            raise MemoryError
        return explain(self, *given, **options)

    monkeypatch.setattr(Explainer, "explain", starved)
    report = write_report(explainer, [many], tmp_path / "out", scale=scale)
    assert report.failed > 2
    assert any("not enough memory to explain it" in failure.reason for failure in report.failures)
    monkeypatch.undo()
    assert write_report(explainer, [many], tmp_path / "out", scale=scale).explained == 29


def test_a_model_is_opened_for_a_run_a_core_where_images_are_many(
    explainer: Explainer, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int | None] = []

    def with_threads(self: Explainer, threads: int | None) -> Explainer:
        opened.append(threads)
        return self

    monkeypatch.setattr(Explainer, "with_threads", with_threads)
    monkeypatch.setattr(explain_many, "_cores", lambda: 3)
    few = sorted(many.iterdir())[:11]
    assert (threads_per_run([many]), threads_per_run(few), threads_per_run([many / "gone"])) == (
        1,
        None,
        None,
    )
    write_report(explainer, few, tmp_path / "few")
    assert opened == []
    write_report(explainer, [many], tmp_path / "out")
    assert opened == [1]
    monkeypatch.setattr(explain_many, "_cores", lambda: 1)
    assert threads_per_run([many]) is None


class TestExplainMany:
    def test_each_image_comes_with_its_explanation_ordered_map(
        self, explainer: Explainer, many: Path
    ) -> None:
        given: list[Path | np.ndarray] = [*sorted(many.glob("0*.png")), painted("blue")]
        found = list(explainer.explain_many(given, top=2, method="layercam"))
        assert [image for image, _ in found] == given
        for image, explanation in found:
            alone = explainer.explain(image, top=2, method="layercam")
            assert (explanation.classes, explanation.method) == (alone.classes, "layercam")
            np.testing.assert_array_equal(explanation.maps, alone.maps)
            assert (explanation.timings_ms["decode"] > 0) == isinstance(image, Path)
        assert nothing_at_work()

    def test_what_cannot_be_read_is_told_or_raised_in_its_turn(
        self, explainer: Explainer, many: Path
    ) -> None:
        paths = sorted(many.glob("1*.png"))
        told: list[str] = []
        found = explainer.explain_many(paths, classes=[0], on_error=lambda path, _: told.append(path.name))
        assert [path.name for path, _ in found] == [path.name for path in paths if path.name != "11.png"]
        assert told == ["11.png"]
        strict = explainer.explain_many(paths, classes=[0])
        assert next(strict)[0].name == "10.png"
        with pytest.raises(ImageError, match=r"11\.png"):
            next(strict)
        assert nothing_at_work()

    def test_images_are_asked_for_as_they_are_needed(
        self, explainer: Explainer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(explain_many, "_cores", lambda: 2)
        asked: list[int] = []

        def endless() -> Iterator[np.ndarray]:
            while True:
                asked.append(len(asked))
                yield painted("green")

        found = explainer.explain_many(endless(), top=1)
        assert asked == []
        for _ in range(10):
            next(found)
        assert len(asked) <= 10 + 2 * 2
        found.close()
        assert nothing_at_work()

    def test_impossible_questions_are_refused_at_once(self, explainer: Explainer) -> None:
        for options in ({"classes": [3]}, {"top": 0}, {"method": "x"}):
            with pytest.raises(QuestionError):
                explainer.explain_many([], **options)

    def test_a_device_gets_images_from_many_threads(
        self, explainer: Explainer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The CPU in place of the device: what it is called decides, and what it computes stays the same."""
        pair = explainer._runs.pair
        monkeypatch.setattr(explainer, "provider", "OtherExecutionProvider")
        monkeypatch.setattr(explainer, "_runs", BatchQueue(pair, lambda: pair))
        sizes: list[int] = []

        def noted(pair: OpenedPair, asked: Sequence[InferenceRequest]) -> list[InferenceResult]:
            sizes.append(len(asked))
            return answer(pair, asked)

        monkeypatch.setattr(run_pair, "answer", noted)
        images = [painted(("red", "green", "blue")[number % 3]) for number in range(60)]
        found = list(explainer.explain_many(images, top=1))
        assert [explanation.classes for _, explanation in found] == [(number % 3,) for number in range(60)]
        assert sum(sizes) == 60
        assert set(sizes) <= {1, 2, 4, 8, 16}
