"""An adoption tells what it does, and can be stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.whylight.helpers.classifiers import SIZE, plain, saved
from whylight import adopt, steps
from whylight.commands.console import StepLine
from whylight.errors import Message, WhylightError
from whylight.steps import steps_told


def test_steps_are_told_in_order(tmp_path: Path) -> None:
    told: list[Message] = []
    path = saved(plain(inputs={"x": [1, 3, *SIZE]}), tmp_path)
    with steps_told(told.append):
        adopt(path, tmp_path / "pair.onnx", preprocessing="unit")
    assert told == [
        steps.READING,
        steps.TRYING,
        steps.PROBING,
        steps.COMPARING,
        steps.DIFFERENTIATING,
        steps.CHECKING,
        steps.WRITING,
    ]
    adopt(path, preprocessing="unit")
    assert len(told) == 7  # nobody listens any more


class StoppedError(WhylightError):
    """Raised by a listener."""


@pytest.mark.parametrize("last", [steps.TRYING, steps.CHECKING, steps.WRITING])
def test_a_listener_may_stop_it(tmp_path: Path, last: Message) -> None:
    def tell(step: Message) -> None:
        if step == last:
            raise StoppedError("stopped")

    path = saved(plain(), tmp_path)
    with pytest.raises(StoppedError), steps_told(tell):
        adopt(path, tmp_path / "pair.onnx", preprocessing="unit")
    assert list(tmp_path.iterdir()) == [path]


def test_quick_commands_say_nothing_to_a_pipe(capsys, monkeypatch) -> None:
    seconds = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: seconds[0])
    with StepLine() as steps:
        steps("reading the file")
        assert capsys.readouterr().err == ""
        seconds[0] = 3.0
        steps("checking the gradients")
    assert capsys.readouterr().err == "checking the gradients ...\n"
