"""Short runs of the scripts `benchmarks.fuzz_*`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="cases run in forked children"),
]


@pytest.mark.parametrize(
    ("name", "cases"), [("fuzz_images", 150), ("fuzz_models", 60), ("fuzz_reports", 20), ("fuzz_videos", 80)]
)
def test_damaged_files_are_read_or_refused(name: str, cases: int) -> None:
    run = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--cases", str(cases), "--seed", "7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "refused" in run.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="the harness reads Linux's accounts")
def test_the_harness_notices_what_goes_wrong(tmp_path: Path) -> None:
    program = (
        "import ctypes, os, time\n"
        "from benchmarks.fuzzing import run_cases\n"
        "def case(number):\n"
        "    if number == 3: ctypes.string_at(0)\n"
        "    if number == 5: time.sleep(60)\n"
        "    if number == 7: raise KeyError('seven')\n"
        "    return 'good'\n"
        "print('\\n'.join(run_cases(case, 10, limit_s=2, memory_mb=1000, chunk=4).lines()))"
    )
    began = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert time.monotonic() - began < 60
    assert "10 cases: 7 good, 3 fault; 3 faults" in run.stdout
    for words in ("case 3: ended its process", "case 5: took more than 2 s", "case 7: KeyError: 'seven'"):
        assert words in run.stdout
