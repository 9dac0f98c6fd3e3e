"""The app as it is handed on, in a place whose name has spaces and letters of other scripts.

It is built once for the same inputs, and kept in `build/` for the next run of the tests.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bundle"))  # its modules are run by the build, not imported by the app

BUILT = ROOT / "build" / "tests-bundle"
KEPT = 2
"""So many builds are kept, the last ones used."""

INPUTS = ("assets", "desktop", "whylight", "bundle", "build.spec", "LICENSE", "Makefile", "pyproject.toml")


@pytest.fixture(scope="session")
def bundle() -> Path:
    """The folder that `make bundle` builds, moved elsewhere; its program is `Whylight`. Not to be changed."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the bundle is built through make, and looked into with binutils")
    with _lock():
        subprocess.run(["make", ".venv-bundle/.ready"], cwd=ROOT, capture_output=True, check=False)
        place = BUILT / digest_of_inputs() / "Ein Ort für Bilder, 写真"
        if not place.is_dir():
            build(place)
        os.utime(place.parent)
        for old in sorted(BUILT.glob("*/"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            shutil.rmtree(old)
    return place / "Whylight"


@pytest.fixture
def writes_into_build() -> Iterator[None]:
    """For tests that do as the build does: it is not under way meanwhile, in another worker."""
    with _lock():
        yield


def _lock() -> FileLock:
    BUILT.mkdir(parents=True, exist_ok=True)
    return FileLock(BUILT / "lock")


def build(place: Path) -> None:
    """Build the app as `place/Whylight`, all of it or nothing."""
    beside = BUILT / f"part-{os.getpid()}"
    run = subprocess.run(
        ["make", "bundle", f"DIST={beside / 'Whylight'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    output = run.stdout + run.stderr
    if run.returncode != 0 and any(sign in output for sign in ("No matching distribution", "onnection")):
        pytest.skip("no package index can be reached to install PyInstaller and the app's needs")
    assert run.returncode == 0, output
    place.parent.mkdir(parents=True, exist_ok=True)
    beside.rename(place)


def digest_of_inputs() -> str:
    """What the build depends on: our files, the packages it takes from, and the compiler's system."""
    digest = hashlib.sha256(sys.version.encode())
    for path in input_files():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for metadata in sorted((ROOT / ".venv-bundle").glob("lib/*/site-packages/*.dist-info")):
        digest.update(metadata.name.encode())
    return digest.hexdigest()[:16]


def input_files() -> Iterator[Path]:
    for name in INPUTS:
        paths = sorted((ROOT / name).rglob("*")) if (ROOT / name).is_dir() else [ROOT / name]
        yield from (path for path in paths if path.is_file() and "__pycache__" not in path.parts)


@pytest.fixture
def own_copy(bundle: Path, tmp_path: Path) -> Path:
    """A copy of the app to add to; its files are those of `bundle` and must be replaced, not written to."""
    return Path(shutil.copytree(bundle, tmp_path / "Whylight", symlinks=True, copy_function=link_or_copy))


def link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)
