"""Faults of the system in the middle of a report: a message, nothing lost, nothing half done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from whylight.cli import main
from whylight.images.encode import write_image

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux refuses here")

ROOT = Path(__file__).resolve().parents[3]
IMAGES, BEFORE = 12, 5

PROGRAM = """
import ctypes, resource, signal, sys
import cv2, onnx
from pathlib import Path
from whylight.cli import main
from whylight.collection import shards
from whylight.sandbox import confine
from whylight.report import image_worker
import whylight.faithfulness.measure, whylight.perturbation, whylight.report.write

fault, before = sys.argv[1], int(sys.argv[2])
shards.MOST_IN_SHARD = 2
write_files = image_worker.RenderedImage.write_files
written = []

def no_writing():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(confine._PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if not confine._refuse_writing(libc, []):
        sys.exit(99)

def failing(self, out, panels):
    if len(written) == before:
        if fault == "full":  # no file may become larger than it is: what a full disk does to new ones
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        elif fault == "denied":
            no_writing()
    written.append(panels)
    write_files(self, out, panels)

image_worker.RenderedImage.write_files = failing
if fault == "read-only":
    no_writing()
sys.exit(main(["explain", *sys.argv[3:]]))
"""


@pytest.fixture
def command(colour_model: Path, tmp_path: Path) -> list[str]:
    random = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    for number in range(IMAGES):
        image = random.integers(0, 256, (40, 50, 3), np.uint8)
        write_image(tmp_path / "images" / f"{number:02}.png", image)
    return [str(tmp_path / "images"), "--out", str(tmp_path / "out"), "--model", str(colour_model)]


def run(fault: str, before: int, command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, fault, str(before), *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode == 99:
        pytest.skip("this kernel has no Landlock")
    return done


@pytest.mark.parametrize(("fault", "says"), [("full", "File too large"), ("denied", "Permission denied")])
def test_what_was_done_is_kept_and_the_next_run_goes_on(
    fault: str, says: str, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run(fault, BEFORE, command)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    out = tmp_path / "out"
    if fault == "full":  # where nothing may be written, nothing can be removed
        assert not [path for path in out.rglob("*.part") if path.stat().st_size]
    assert main(["explain", *command]) == 0
    told = capsys.readouterr().out
    assert f"{IMAGES} of {IMAGES} images explained" in told
    assert f"({BEFORE - BEFORE % 2} by an earlier run)" in told, "the shards of two that were whole"
    assert not list(out.rglob("*.part"))


def test_a_folder_that_may_not_be_written_is_said_before_the_work(command: list[str], tmp_path: Path) -> None:
    done = run("read-only", 0, command)
    assert done.returncode == 2
    assert "the report cannot be written: [Errno 13] Permission denied" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
