"""What is left behind when something goes wrong, and what the next start makes of it."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from desktop import app
from desktop.startup.crash_log import Logs


@pytest.fixture
def quiet_root() -> None:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    for handler in list(root.handlers):
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()


def test_an_ordinary_run_leaves_a_log_and_no_crash(tmp_path, quiet_root):
    logs = Logs(tmp_path / "logs")
    logging.getLogger("desktop.test").error("something odd")
    sys.excepthook(ValueError, ValueError("in a slot"), None)
    logs.close()
    text = (tmp_path / "logs" / "whylight.log").read_text(encoding="utf-8")
    assert "something odd" in text
    assert "ValueError: in a slot" in text
    again = Logs(tmp_path / "logs")
    assert again.last_crash is None
    again.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="raises a signal")
def test_a_crash_leaves_its_stack_and_the_next_start_offers_it(
    tmp_path, quiet_root, open_window, colours, images, wait_until
):
    code = (
        "import faulthandler, os, pathlib, signal\n"
        "from desktop.startup.crash_log import Logs\n"
        f"logs = Logs(pathlib.Path({str(tmp_path)!r}))\n"
        "def deep_inside():\n    os.kill(os.getpid(), signal.SIGSEGV)\n"
        "deep_inside()\n"
    )
    root = Path(app.__file__).parents[1]
    crashed = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, timeout=120, check=False
    )
    assert crashed.returncode == -11
    logs = Logs(tmp_path)
    assert logs.last_crash is not None
    assert "deep_inside" in logs.last_crash.read_text()
    window = open_window(images, model=colours, settled=False)
    app.offer_crash(window, logs.last_crash)
    wait_until(lambda: not window.busy)
    assert "crashed" in window.message_bar.label.text(), "opening a model and a folder does not hide it"
    assert str(logs.last_crash) in window.message_bar.label.text()
    assert window.message_bar.action.isVisible()
    logs.close()
    assert Logs(tmp_path).last_crash is None, "offered once"


def test_where_nothing_can_be_written_the_start_goes_on(tmp_path, quiet_root):
    (tmp_path / "file").write_text("")
    logs = Logs(tmp_path / "file" / "logs")
    assert logs.last_crash is None
    logs.close()
