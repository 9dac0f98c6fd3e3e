"""A run killed at random moments and resumed each time ends with the same bits.

Three times by default; `WHYLIGHT_KILLS=20 python -m pytest tests/trainer/test_kills.py` for the full trial.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from explain.errors import TrainingError
from trainer.checkpoint import load_checkpoint

KILLS = int(os.environ.get("WHYLIGHT_KILLS", "3"))
ROOT = Path(__file__).parents[2]
SAVING_AT_EVERY_STEP = (
    "import sys, torch, trainer.training; from trainer.cli import main\n"
    "torch.set_num_threads(1); trainer.training.SECONDS_BETWEEN_SAVES = 0.0; sys.exit(main())"
)


def _start(data: Path, out: Path) -> subprocess.Popen[bytes]:
    epochs = 4 + 4 * KILLS
    options = f"--variant modern --dataset folder --image-size 32 --batch-size 8 --epochs {epochs}".split()
    options += ["--data", str(data), "--out", str(out)]
    if (out / "last.pt").exists():
        options.append("--resume")
    command = [sys.executable, "-c", SAVING_AT_EVERY_STEP, *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _changed(file: Path) -> int:
    return file.stat().st_mtime_ns if file.exists() else 0


@pytest.mark.timeout(600 + 180 * KILLS)  # every step saves, and every sitting starts from nothing
def test_killed_runs_end_with_the_same_bits(coloured_folder: Path, tmp_path: Path) -> None:
    moments = random.Random(20)
    whole, killed = tmp_path / "whole" / "run", tmp_path / "killed" / "run"
    unbroken = _start(coloured_folder, whole)
    _, error = unbroken.communicate()
    assert unbroken.returncode == 0, error.decode()
    for _ in range(KILLS):
        process = _start(coloured_folder, killed)
        before = _changed(killed / "last.pt")
        while process.poll() is None and _changed(killed / "last.pt") == before:
            time.sleep(0.01)  # starting takes seconds, in which there is nothing to lose
        time.sleep(moments.uniform(0.0, 0.6))
        process.kill()
        process.communicate()
    last = _start(coloured_folder, killed)
    _, error = last.communicate()
    assert last.returncode == 0, error.decode()
    for name in ("best.pt", "last.pt"):
        found, expected = (load_checkpoint(run / name)["network"] for run in (killed, whole))
        torch.testing.assert_close(found, expected, rtol=0, atol=0)


@pytest.mark.parametrize("name", ["best.pt", "last.pt"])
def test_a_truncated_checkpoint_is_named(tmp_path: Path, name: str) -> None:
    torch.save({"format": 1, "weights": torch.zeros(1000)}, tmp_path / name)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:2000])
    with pytest.raises(TrainingError, match=rf"cannot read the checkpoint .*{name}"):
        load_checkpoint(tmp_path / name)
