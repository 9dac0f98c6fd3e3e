"""Results on disk: whole shards or none, found again by name."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from whylight.collection import shards
from whylight.collection.question import OtherQuestionError, State, begin, read_state
from whylight.collection.shards import Shards


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_added_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "MOST_IN_SHARD", 2)
    with Shards(tmp_path) as store:
        positions = [
            store.add({"file": f"{number}.png", "n": number}, f"<p>{number}ä") for number in range(5)
        ]
        store.commit()
        for number, position in enumerate(positions):
            record = store.read(position)
            assert record["n"] == number
            assert store.read_html(position, record).decode() == f"<p>{number}ä"
    assert names(tmp_path) == [f"00000{number}.{kind}" for number in range(3) for kind in ("html", "jsonl")]
    with Shards(tmp_path) as later:
        assert len(later) == 5
        found = later.find("3.png")
        assert found is not None
        assert found[0] == positions[3]
        assert later.find("5.png") is None
        later.add({"file": "3.png", "n": 33})
    with Shards(tmp_path) as latest:
        found = latest.find("3.png")
        assert found is not None
        assert found[1]["n"] == 33, "the later of two"


def test_a_shard_is_closed_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with Shards(tmp_path) as store:
        store.add({"file": "a"})
        assert not list(tmp_path.glob("*.jsonl"))
        now = shards.SHARD_S
        store.add({"file": "b"})
        assert names(tmp_path) == ["000000.html", "000000.jsonl"]
        monkeypatch.setattr(time, "time", lambda: -1e9)  # the clock on the wall does not matter
        store.add({"file": "c"})
        assert len(list(tmp_path.glob("*.jsonl"))) == 1


def test_an_error_keeps_what_is_done_and_leaves_no_parts(tmp_path: Path) -> None:
    def stopped() -> None:
        with Shards(tmp_path) as store:
            store.add({"file": "a"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stopped()
    assert names(tmp_path) == ["000000.html", "000000.jsonl"]


def test_altered_lines_are_no_results(tmp_path: Path) -> None:
    with Shards(tmp_path) as store:
        for name in ("a", "b"):
            store.add({"file": name})
    path = tmp_path / "000000.jsonl"
    path.write_bytes(b"nonsense\n[1]\n" + path.read_bytes())
    with Shards(tmp_path) as store:
        assert len(store) == 2
        assert store.find("b") is not None


class TestQuestion:
    def test_the_same_question_goes_on_and_another_does_not(self, tmp_path: Path) -> None:
        work, out = tmp_path / "work", tmp_path
        assert not begin(work, {"method": "a", "top": 5}, out, resume=True)
        (work / "000000.jsonl").write_text("{}")
        (work / "scale-1").mkdir()
        assert begin(work, {"method": "a", "top": 5}, out, resume=True)
        with pytest.raises(OtherQuestionError, match=r"\(method a, now b\).*--no-resume"):
            begin(work, {"method": "b", "top": 5}, out, resume=True)
        assert (work / "000000.jsonl").exists()
        assert not begin(work, {"method": "b", "top": 5}, out, resume=None)
        assert names(work) == ["question.json"]

    def test_a_finished_report_may_be_replaced(self, tmp_path: Path) -> None:
        begin(tmp_path, {"top": 1}, tmp_path, resume=True)
        (tmp_path / "000000.jsonl").write_text("{}")
        State({"top": 1}, finished=True).write(tmp_path)
        assert not begin(tmp_path, {"top": 2}, tmp_path, resume=True)
        assert read_state(tmp_path) == State({"top": 2}, finished=False)

    def test_anew_if_asked_for(self, tmp_path: Path) -> None:
        begin(tmp_path, {"top": 1}, tmp_path, resume=True)
        (tmp_path / "000000.jsonl").write_text("{}")
        assert not begin(tmp_path, {"top": 1}, tmp_path, resume=False)
        assert names(tmp_path) == ["question.json"]

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2, "question": {}, "finished": true}'])
    def test_a_state_that_cannot_be_read_is_none(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "question.json").write_text(text)
        assert read_state(tmp_path) is None
