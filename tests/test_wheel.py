"""The wheel in an empty environment, started elsewhere: no PyTorch, the bundled pair and samples found."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow

WINDOW = """
import sys
from PySide6.QtCore import QTimer
from desktop.app import make_application
from desktop.main_window.window import MainWindow

application = make_application(["whylight"])
window = MainWindow()
window.show()

def look():
    if window.session.explanation is not None:
        print("explained", window.session.explanation.maps.shape, flush=True)
        window.close()

timer = QTimer()
timer.timeout.connect(look)
timer.start(50)
QTimer.singleShot(60_000, lambda: application.exit(3))
sys.exit(application.exec())
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the wheel and its runtime needs alone."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    venv.create(folder / "empty")
    binaries = folder / "empty" / ("Scripts" if os.name == "nt" else "bin")
    (wheel,) = folder.glob("*.whl")
    run = _pip(binaries, "install", "--quiet", "--no-compile", wheel)
    if "connection" in run.stderr.lower() and run.returncode != 0:
        pytest.skip("no package index can be reached to install the wheel's dependencies")
    assert run.returncode == 0, run.stderr
    return binaries


def _pip(binaries: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Our own pip at work on the environment, which is empty without one."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", binaries / "python"]
    return subprocess.run([*pip, *map(str, arguments)], capture_output=True, text=True, check=False)


def _run(*command: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=kept | environment, capture_output=True, text=True, check=False
    )


def test_the_runtime_installs_no_pytorch(installed: Path) -> None:
    run = _pip(installed, "list")
    assert run.returncode == 0, run.stderr
    names = {line.split()[0].lower() for line in run.stdout.splitlines() if line.strip()}
    assert "whylight" in names
    assert not names & {"torch", "torchvision", "matplotlib", "opencv-python", "pillow"}


def test_the_command_line_explains_with_the_bundled_model(installed: Path, tmp_path: Path) -> None:
    image = ROOT / "assets" / "samples" / "lobster.png"
    run = _run(installed / "whylight", "explain", image, "--out", tmp_path / "report", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "report" / "index.html").is_file()


def test_the_window_opens_on_the_samples(installed: Path, tmp_path: Path) -> None:
    run = _run(installed / "python", "-c", WINDOW, cwd=tmp_path, QT_QPA_PLATFORM="offscreen")
    assert run.returncode == 0, run.stderr
    assert "explained (" in run.stdout
