from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trainer.cli import main
from trainer.loop.checkpoint import load_checkpoint
from trainer.progress.stop_signals import InterruptedRun, StopSignals

pytestmark = pytest.mark.slow


def test_a_short_run_by_command_line(
    coloured_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    options = (
        f"--variant improved --dataset folder --epochs 1 --image-size 32 --batch-size 8 --out {out}".split()
    )
    assert main([*options, "--data", str(coloured_folder)]) == 0
    printed = capsys.readouterr().out
    assert "coloured: 24 images in 3 classes" in printed
    assert "epoch 1 of 1, 32 px" in printed
    assert (out / "best.pt").exists()


def test_the_variants_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--variant", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "adam",
        "sgd",
        "improved",
        "onecycle",
        "modern",
        "finetune",
    ]
    assert "ImprovedCNN, SGD, one cycle up to 0.1, 20 epochs" in lines[3]


def test_predicting_without_exporting(
    coloured_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    options = f"--variant adam --dataset folder --epochs 8 --image-size 32 --batch-size 8 --out {out}".split()
    assert main([*options, "--data", str(coloured_folder)]) == 0
    capsys.readouterr()
    assert main(["predict", str(out), str(coloured_folder / "blue"), "--top", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert sum(": blue " in line for line in lines) >= 6
    (coloured_folder / "blue" / "03.png").write_bytes(b"no image")
    assert main(["predict", str(out), str(coloured_folder / "blue")]) == 1
    assert "03.png" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dataset", "folder", "--data", "nowhere"], "nowhere is no folder"),
        (["--epochs", "0"], "--epochs 0: expected 1 or more"),
        (["--seed", "-1"], "--seed -1: expected 0 or more"),
        (["--growing-sizes", "96"], "cannot read '96'"),
        (["--resume", "--out", "nowhere"], "start without --resume"),
    ],
)
def test_mistakes_are_told_in_one_line(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_told_in_one_line(
    coloured_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    options = ["--dataset", "folder", "--data", str(coloured_folder), "--out", str(tmp_path / "file" / "run")]
    assert main(options) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert str(tmp_path / "file") in error


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_is_a_request(number: signal.Signals, code: int) -> None:
    before = signal.getsignal(number)
    with StopSignals() as requests:
        requests.check()
        os.kill(os.getpid(), number)
        # From here on a second signal would act as if nobody listened.
        assert signal.getsignal(number) == before
        with pytest.raises(InterruptedRun) as caught:
            requests.check()
    assert caught.value.exit_code == code
    assert signal.getsignal(number) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could notice")
def test_sigterm_saves_and_leaves(coloured_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = (
        f"--variant adam --dataset folder --epochs 5000 --image-size 32 --batch-size 8 --out {out}".split()
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "trainer", *options, "--data", str(coloured_folder)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 300
        while not (out / "metrics.csv").exists() and time.monotonic() < deadline:
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 143
    assert error.splitlines()[-1] == "stopped by SIGTERM; continue with the same command and --resume"
    assert load_checkpoint(out / "last.pt")["epoch"] >= 1
