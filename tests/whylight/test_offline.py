"""Nothing is sent: any socket of the internet kills the process that asks for it, and none does."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import onnx
import pytest

from tests.whylight.conftest import colour_network, painted
from whylight.images.encode import write_image
from whylight.sandbox import confine

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in confine._MACHINES, reason="needs seccomp"
)

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = (
    "import ctypes, sys\n"
    "from whylight.sandbox import confine\n"
    "confine._REFUSE = 0x80000000  # SECCOMP_RET_KILL_PROCESS, in child processes too\n"
    "libc = ctypes.CDLL(None)\n"
    "assert libc.prctl(confine._PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0\n"
    "assert confine._refuse_network(libc)\n"
)


def run(program: str, *arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", OFFLINE + program, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_a_socket_would_be_noticed(family: str, tmp_path: Path) -> None:
    done = run(f"import socket; socket.socket(socket.{family})", cwd=tmp_path)
    assert done.returncode == -signal.SIGSYS


def test_the_command_line_opens_none(tmp_path: Path) -> None:
    write_image(tmp_path / "red.png", painted("red"))
    onnx.save(colour_network(), tmp_path / "theirs.onnx")
    commands = [
        ("explain", "red.png", "--out", "report", "--maps", "--faithfulness"),
        ("explain", "red.png", "--json", "--model", "caltech"),
        ("adopt", "theirs.onnx", "--out", "ours.onnx", "--preprocessing", "unit"),
        ("explain", "red.png", "--out", "report-2", "--model", "ours.onnx"),
        ("layers", "--model", "ours.onnx"),
        ("evaluate", ".", "--model", "ours.onnx", "--out", "tables"),
        ("completion", "bash"),
        ("--version",),
    ]
    program = f"from whylight.cli import main\nsys.exit(any([main(words) for words in {commands!r}]))"
    quiet = {"WHYLIGHT_ISOLATION": "on", "WHYLIGHT_CACHE": str(tmp_path / "cache")}
    done = run(program, cwd=tmp_path, **quiet)
    assert done.returncode == 0, (done.returncode, done.stderr)


@pytest.mark.slow
def test_the_window_opens_none(tmp_path: Path) -> None:
    pytest.importorskip("PySide6")
    done = run(
        "from whylight.cli import main; sys.exit(main(['self-test']))", cwd=tmp_path, HOME=str(tmp_path)
    )
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
