"""Modules that the window loads before the first explanation."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_START = """
import pathlib, sys
from desktop.app import make_application
from desktop.main_window.window import MainWindow
from desktop.settings import Settings
application = make_application(["whylight"])
window = MainWindow(settings=Settings(pathlib.Path(sys.argv[1])))
window.session.drawn.connect(lambda _: application.quit())
window.session.explanation_failed.connect(lambda _: application.exit(3))
window.show()
code = application.exec()
print(*sorted(sys.modules))
window.close()
sys.exit(code)
"""
_HEAVY = {
    "google.protobuf",
    "onnx",
    "torch",
    "torchvision",
    "pandas",
    "pyarrow",
    "scipy",
    "tokenizers",
    "markdown",
}


def test_the_first_explanation_needs_nothing_that_adopting_needs(tmp_path: Path) -> None:
    """ONNX alone, with its protocol buffers, delays it by a quarter of a second."""
    done = subprocess.run(
        [sys.executable, "-c", _START, str(tmp_path / "settings.ini")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "onnxruntime" in loaded
    assert not loaded & _HEAVY
