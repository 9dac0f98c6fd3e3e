"""Real processes: two train what one would, stop together while they measure, go on with the same bits."""

from __future__ import annotations

import csv
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import wait
from pathlib import Path

import pytest
import torch

from tests.trainer.distributed.deterministic_script import main
from tests.trainer.distributed.forked import Main, draw_nothing, start
from trainer.loop.checkpoint import load_checkpoint

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("deterministic_script.py")
GO_ON = "continue with the same command and --resume"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="torch has no gloo over TCP on Windows"),
]


def _arguments(data: Path, out: Path, *options: str) -> list[str]:
    # Of 19 training images the last batch of two is the first process's: images are shared by twos.
    settings = ["--variant", "modern", "--dataset", "folder", "--image-size", "32"]
    settings += ["--batch-size", "17", "--epochs", "2"]
    return [*settings, "--data", str(data), "--out", str(out), *options]


def _undrawn(arguments: Sequence[str]) -> int:
    draw_nothing()
    return main(arguments)


def _train(
    count: int, arguments: Sequence[str], printed: Path, *, stop: str = "", run: Main = _undrawn
) -> tuple[int, str]:
    """The largest exit code of `count` processes, and what they printed."""
    printed.unlink(missing_ok=True)
    environment = {"WHYLIGHT_STOP": stop} if stop else {}
    places = _places(count) if count > 1 else [{}]
    processes = [start(run, arguments, printed, environment | place) for place in places]
    while any(process.exitcode is None for process in processes):
        wait([process.sentinel for process in processes if process.exitcode is None])
        if any(process.exitcode for process in processes):  # the others would wait for it
            for process in processes:
                process.join(60)
                process.kill()
    return max(process.exitcode or 0 for process in processes), printed.read_text()


def _places(count: int) -> list[dict[str, str]]:
    """What torchrun tells each of `count` processes on one machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    common = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
    return [common | {"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(count)]


def _train_by_torchrun(arguments: Sequence[str], stop: str) -> tuple[int, str]:
    """Exit code of torchrun with two processes, and what was printed."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    ended = subprocess.run(
        [*launcher, str(SCRIPT), *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "WHYLIGHT_STOP": stop},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout


@pytest.fixture(scope="module")
def unbroken(coloured_images: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Run folders of one process and of two that nobody stopped."""
    folders = {}
    for count, run in ((1, _undrawn), (2, main)):  # the second is one that ends as users' runs do
        folder = tmp_path_factory.mktemp(f"unbroken{count}")
        folders[count] = folder / "run"
        arguments = _arguments(coloured_images, folders[count])
        code, printed = _train(count, arguments, folder / "printed.txt", run=run)
        assert code == 0, printed
        assert printed.count("epoch 2 of 2") == 1  # one process speaks
    assert (folders[2] / "index.html").exists()
    return folders


def _losses(out: Path) -> list[float]:
    with (out / "metrics.csv").open() as file:
        return [float(row["train_loss"]) for row in csv.DictReader(file)]


def test_two_processes_have_the_loss_curve_of_one(unbroken: dict[int, Path]) -> None:
    one, two = unbroken[1], unbroken[2]
    first, second = _losses(two)
    first_of_one, second_of_one = _losses(one)
    assert first == pytest.approx(first_of_one, rel=1e-5)
    # BatchNorm over the two images of the first epoch's last batch has enlarged the rounding since.
    assert second == pytest.approx(second_of_one, rel=2e-3)
    assert (one / "split.json").read_bytes() == (two / "split.json").read_bytes()
    assert len(load_checkpoint(two / "last.pt")["random_states"]) == 2


@pytest.mark.parametrize(("count", "name", "rank"), [(1, "SIGINT", 0), (1, "SIGTERM", 0), (2, "SIGTERM", 1)])
def test_stopped_while_measuring_all_leave_together_and_go_on_with_the_same_bits(
    count: int, name: str, rank: int, coloured_images: Path, unbroken: dict[int, Path], tmp_path: Path
) -> None:
    out, printed_to, stop = tmp_path / "run", tmp_path / "printed.txt", f"{name}:{rank}:Measuring epoch 1"
    arguments = _arguments(coloured_images, out)
    wanted = 128 + signal.Signals[name]
    if count == 1:
        code, printed = _train(1, arguments, printed_to, stop=stop)
        assert code == wanted
    else:  # torchrun ends with 1 and tells how each process ended
        code, printed = _train_by_torchrun(arguments, stop)
        assert code == 1
        assert f"exitcode  : {wanted}" in printed
        assert "Signal" not in printed.split("Root Cause")[-1]
    assert printed.count(f"stopped by {name}; {GO_ON}") == 1, printed
    kept = load_checkpoint(out / "last.pt")
    assert (kept["epoch"], kept["batch"], len(kept["history"])) == (0, 2, 0)
    code, printed = _train(count, [*arguments, "--resume"], printed_to)
    assert code == 0, printed
    for file in ("best.pt", "last.pt"):
        found, expected = (load_checkpoint(run / file)["network"] for run in (out, unbroken[count]))
        torch.testing.assert_close(found, expected, rtol=0, atol=0)
