from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from trainer.progress import console
from trainer.progress.console import ProgressDisplay
from trainer.progress.event import ProgressEvent, duration


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds, which stands still until a test sets it."""
    now = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    return now


def test_without_a_terminal_a_line_comes_now_and_then(clock: list[float]) -> None:
    output = io.StringIO()
    asked = []

    def task(done: int) -> ProgressEvent:
        return ProgressEvent("Epoch 1", done, 600, detail=lambda: f"loss {asked.append(done) or 2.5}")

    with ProgressDisplay(Console(file=output)) as display:
        for seconds, done in ((0, 100), (10, 200), (25, 350), (30, 400), (50, 600)):
            clock[0] = 100.0 + seconds
            display.show(task(done))
        display.line("done")
    assert output.getvalue().splitlines() == [
        "Epoch 1: 350 of 600 images, 10.0 images/s, loss 2.5, 25 s left",
        "done",
    ]
    assert asked == [350]


def test_on_a_terminal_the_bar_shows_rate_and_detail(clock: list[float]) -> None:
    output = io.StringIO()
    with ProgressDisplay(Console(file=output, force_terminal=True, width=100)) as display:
        display.show(ProgressEvent("Downloading", 0, 40, "MB"))
        clock[0] += 4
        display.show(ProgressEvent("Downloading", 20, 40, "MB", lambda: "from afar"))
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.getvalue())
    assert "20/40 5.0 MB/s, from afar" in plain


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (39.2, "40 s"), (90, "90 s"), (91, "2 min"), (7199, "2 h 0 min"), (11_050, "3 h 5 min")],
)
def test_durations_are_told_as_people_do(seconds: float, words: str) -> None:
    assert duration(seconds) == words
