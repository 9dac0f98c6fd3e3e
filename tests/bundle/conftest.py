"""The app as it is handed on, built once, in a place whose name has spaces and letters of other scripts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "packaging"))  # its modules are run by the build, not imported by the app


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make bundle` builds, moved elsewhere; its program is `Whylight`."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the bundle is built through make, and looked into with binutils")
    folder = tmp_path_factory.mktemp("bundle")
    make = ["make", "bundle", f"DIST={folder / 'dist' / 'Whylight'}"]
    run = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=False)
    output = run.stdout + run.stderr
    if run.returncode != 0 and any(sign in output for sign in ("No matching distribution", "onnection")):
        pytest.skip("no package index can be reached to install PyInstaller and the app's needs")
    assert run.returncode == 0, output
    place = folder / "Ein Ort für Bilder, 写真"
    place.mkdir()
    return Path(shutil.move(folder / "dist" / "Whylight", place / "Whylight"))
