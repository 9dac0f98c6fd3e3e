"""Two real processes train what one would, and stop together."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trainer.checkpoint import load_checkpoint

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("without_chance.py")
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="torch has no gloo over TCP on Windows")


def _start(launcher: list[str], data: Path, out: Path, epochs: int) -> subprocess.Popen[str]:
    # 19 training pictures in batches of 6: of the last batch, one picture, the second process has no share.
    options = f"--variant modern --dataset folder --image-size 32 --batch-size 6 --epochs {epochs}".split()
    return subprocess.Popen(
        [*launcher, str(SCRIPT), *options, "--data", str(data), "--out", str(out)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _losses(out: Path) -> list[float]:
    with (out / "metrics.csv").open() as file:
        return [float(row["train_loss"]) for row in csv.DictReader(file)]


def test_two_processes_have_the_loss_curve_of_one(coloured_folder: Path, tmp_path: Path) -> None:
    for name, launcher in (("one", [sys.executable]), ("two", TORCHRUN)):
        process = _start(launcher, coloured_folder, tmp_path / name / "run", epochs=2)
        printed, _ = process.communicate()
        assert process.returncode == 0, printed
        assert printed.count("epoch 2 of 2") == 1  # one process speaks
    one, two = tmp_path / "one" / "run", tmp_path / "two" / "run"
    (first, second), (first_of_one, second_of_one) = _losses(two), _losses(one)
    # BatchNorm over six pictures, and over one in the last batch, enlarges every rounding, tenfold or more
    # an epoch, mixed pairs or not.
    assert first == pytest.approx(first_of_one, rel=1e-3)
    assert second == pytest.approx(second_of_one, rel=2e-2)
    assert (one / "split.json").read_bytes() == (two / "split.json").read_bytes()
    assert len(load_checkpoint(two / "last.pt")["random_states"]) == 2


def test_a_signal_to_one_process_stops_both_and_saves(coloured_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = _start(TORCHRUN, coloured_folder, out, epochs=5000)
    try:
        deadline = time.monotonic() + 300
        while not (out / "metrics.csv").exists() and time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[-1]), signal.SIGTERM)
        printed, _ = process.communicate()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert printed.count("stopped by SIGTERM; go on with the same command and --resume") == 2
    kept = load_checkpoint(out / "last.pt")
    assert len(kept["random_states"]) == 2
    assert kept["epoch"] >= 1
