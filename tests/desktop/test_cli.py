"""The command line of the window: the machine without a display, and what is not imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop import cli as launch
from desktop.self_test import runner
from desktop.startup import no_display

ROOT = Path(launch.__file__).parents[1]


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {
        name: value for name, value in os.environ.items() if name not in no_display.DISPLAY_VARIABLES
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_without_a_display_it_says_what_to_do_instead():
    result = run_python("from desktop.cli import main; raise SystemExit(main(['x.png']))")
    assert result.returncode == 2
    assert "python -m whylight" in result.stderr
    assert "DISPLAY" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_a_display_that_is_not_there_is_told_and_not_a_crash():
    for code in ("from desktop.cli import main; raise SystemExit(main([]))",
                 "from desktop.self_test.window_checks import check_window; check_window(None)"):  # fmt: skip
        result = run_python(code, DISPLAY=":7654")
        assert result.returncode == 2, result.stderr
        assert "Qt cannot start" in result.stderr
        assert "python -m whylight" in result.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_the_self_test_skips_the_window_without_a_display(monkeypatch, capsys):
    for name in no_display.DISPLAY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert runner.main() == 0
    printed = capsys.readouterr().out
    assert "window skipped: neither DISPLAY nor WAYLAND_DISPLAY is set" in printed
    assert "licences" in printed
    assert "self-test passed" in printed


def test_command_line_is_understood():
    arguments = launch.make_parser("whylight").parse_args(["a.png", "folder", "--model", "m.onnx"])
    assert arguments.paths == [Path("a.png"), Path("folder")]
    assert arguments.model == Path("m.onnx")
    assert (arguments.new_window, arguments.portable) == (False, False)
    arguments = launch.make_parser("whylight").parse_args(["--new-window", "--portable"])
    assert (arguments.new_window, arguments.portable, arguments.paths) == (True, True, [])


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"QT_QPA_PLATFORM": "offscreen"}, True),
        ("win32", {}, True),
        ("darwin", {}, True),
    ],
)
def test_display_is_recognised(platform, environment, expected):
    assert no_display.has_display(environment, platform) is expected


def test_the_window_waits_neither_for_the_engine_nor_ever_for_torch():
    result = run_python(
        "import sys, desktop.app\nprint({'cv2', 'onnxruntime', 'onnx', 'torch'} & set(sys.modules))"
    )
    assert result.stdout.strip() == "set()", result.stdout + result.stderr


def test_qt_does_not_use_up_pythons_singletons():
    """PySide6 6.12.0 on Python 3.11 aborts in this loop (docs/decisions/0005)."""
    result = run_python(
        "from desktop.app import make_application\n"
        "from desktop.viewer.panels_view import PanelsView\n"
        "application = make_application(['x'])\n"
        "view = PanelsView()\n"
        "for _ in range(100_000):\n"
        "    view.hovered.emit(None), view.update()\n"
        "print('alive')\n",
        QT_QPA_PLATFORM="offscreen",
    )
    assert result.stdout.strip() == "alive", result.stderr
