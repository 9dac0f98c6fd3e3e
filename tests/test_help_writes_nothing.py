"""`--help` of every program of this repository prints help and writes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("whylight", "desktop", "trainer", "export", "benchmarks", "tools", "bundle")

pytestmark = pytest.mark.slow


def programs() -> list[str]:
    """The files that do something when they are run, by their paths in the repository."""
    return sorted(
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if "__name__ ==" in (text := path.read_text(encoding="utf-8"))
        or path.name == "__main__.py"
        or "parse_args()" in text
    )


def files_of_the_repository() -> dict[str, tuple[int, int]]:
    """Size and time of every file in the folders above and the one they lie in, but for compiled modules."""
    paths = [path for folder in (*FOLDERS, "assets", "docs") for path in (ROOT / folder).rglob("*")]
    paths += ROOT.glob("*")
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("program", programs())
def test_help_writes_nothing(program: str, tmp_path: Path) -> None:
    module = program.removesuffix(".py").removesuffix("/__main__").replace("/", ".")
    # Those of bundle/ are run as files, the others as modules.
    command = [str(ROOT / program)] if program.startswith("bundle/") else ["-m", module]
    before = files_of_the_repository()
    run = subprocess.run(
        [sys.executable, *command, "--help"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "QT_QPA_PLATFORM": "offscreen",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "usage:" in run.stdout.lower()
    assert list(tmp_path.iterdir()) == []
    assert files_of_the_repository() == before
