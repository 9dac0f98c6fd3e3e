r"""A run killed at random moments and resumed each time ends with the same bits.

Three times by default; for the full trial, and to see where each kill fell:

    WHYLIGHT_KILLS=20 python -m pytest -o log_cli=true -o log_cli_level=info \
        tests/trainer/loop/test_kill_and_resume.py
"""

from __future__ import annotations

import logging
import os
import random
import signal
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import torch

import trainer.cli
import trainer.loop.trainer
from tests.trainer.distributed.forked import Main, draw_nothing, start
from trainer.loop.checkpoint import load_checkpoint
from whylight.errors import TrainingError

KILLS = int(os.environ.get("WHYLIGHT_KILLS", "3"))
SAVES = (2, 4)
"""Between so many saves a sitting lives to see, and a part of the next."""
EPOCHS = 2 + 2 * KILLS
"""Of three steps. A sitting that is killed saves after each, and after an epoch: it gets through one."""
WATCH_S = 0.002
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
"""Windows has but one way, and calls it so."""

pytestmark = pytest.mark.slow


def undrawn(arguments: Sequence[str]) -> int:
    draw_nothing()
    return trainer.cli.main(arguments)


def saving_at_every_step(arguments: Sequence[str]) -> int:
    trainer.loop.trainer.SECONDS_BETWEEN_SAVES = 0.0
    return undrawn(arguments)


def _start(run: Main, data: Path, out: Path) -> BaseProcess:
    options = f"--variant modern --dataset folder --image-size 32 --batch-size 8 --epochs {EPOCHS}".split()
    options += ["--data", str(data), "--out", str(out)]
    if (out / "last.pt").exists():
        options.append("--resume")
    return start(run, options, out.parent / "printed.txt")


def _finish(data: Path, out: Path) -> None:
    process = _start(undrawn, data, out)
    process.join()
    assert process.exitcode == 0, (out.parent / "printed.txt").read_text()


def _changed(file: Path) -> int:
    return file.stat().st_mtime_ns if file.exists() else 0


def _watch_saves(process: BaseProcess, file: Path, count: int) -> float:
    """Come back when `file` has been saved `count` times; seconds between the last two."""
    seen, moments = _changed(file), [time.monotonic()]
    while len(moments) <= count and process.is_alive():
        if _changed(file) != seen:
            seen = _changed(file)
            moments.append(time.monotonic())
        time.sleep(WATCH_S)
    return moments[-1] - moments[-2]


@pytest.mark.timeout(120 + 30 * KILLS)  # most steps save
def test_killed_runs_end_with_the_same_bits(coloured_folder: Path, tmp_path: Path) -> None:
    moments = random.Random(20)
    whole, killed = tmp_path / "whole" / "run", tmp_path / "killed" / "run"
    whole.parent.mkdir()
    killed.parent.mkdir()
    _finish(coloured_folder, whole)
    for _ in range(KILLS):
        process = _start(saving_at_every_step, coloured_folder, killed)
        seconds = _watch_saves(process, killed / "last.pt", moments.randint(*SAVES))
        time.sleep(moments.uniform(0.0, 1.0) * seconds)
        process.kill()
        process.join()
        assert process.exitcode == -KILL, "it ended before it was killed"
        kept = load_checkpoint(killed / "last.pt")
        unfinished = [file.name for file in killed.glob(".*.part")]
        logging.info(
            "killed after epoch %s, step %s; half written: %s", kept["epoch"], kept["batch"], unfinished
        )
    _finish(coloured_folder, killed)
    assert not list(killed.glob(".*.part"))
    for name in ("best.pt", "last.pt"):
        found, expected = (load_checkpoint(run / name)["network"] for run in (killed, whole))
        torch.testing.assert_close(found, expected, rtol=0, atol=0)


@pytest.mark.parametrize("name", ["best.pt", "last.pt"])
def test_a_truncated_checkpoint_is_named(tmp_path: Path, name: str) -> None:
    torch.save({"format": 1, "weights": torch.zeros(1000)}, tmp_path / name)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:2000])
    with pytest.raises(TrainingError, match=rf"cannot read the checkpoint .*{name}"):
        load_checkpoint(tmp_path / name)
