"""What is inside the built app: nothing that is not known, nothing missing, nothing without its licence."""

from __future__ import annotations

import re
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

ALLOWED = Path(__file__).with_name("contents.txt")

SYSTEM_LIBRARIES = re.compile(
    r"^(ld-linux.*|linux-vdso|lib(c|m|dl|rt|pthread|util|resolv|GL|EGL|GLX|OpenGL|GLdispatch|drm|gbm"
    r"|xcb|wayland-client|wayland-cursor|wayland-egl))\.so\.\d+$"
)
"""The C library and what speaks to the graphics driver and the display, which are the machine's own."""

MOST_MB = 315
"""On disk, in units of 1,000,000 bytes: 300 MiB."""


def allowed_patterns() -> list[str]:
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def files_of(bundle: Path) -> list[Path]:
    return [path for path in sorted(bundle.rglob("*")) if not path.is_dir()]


def test_nothing_inside_is_new(bundle: Path) -> None:
    patterns = allowed_patterns()
    names = [path.relative_to(bundle).as_posix() for path in files_of(bundle)]
    newcomers = [name for name in names if not any(fnmatchcase(name, pattern) for pattern in patterns)]
    assert not newcomers, (
        "new in the bundle; keep them out in bundle/contents.py, or allow them in contents.txt"
    )


def test_nothing_allowed_is_gone(bundle: Path) -> None:
    names = [path.relative_to(bundle).as_posix() for path in files_of(bundle)]
    idle = [p for p in allowed_patterns() if not any(fnmatchcase(name, p) for name in names)]
    # Which of the system's libraries come along depends on the system that the bundle is built on.
    assert not [pattern for pattern in idle if not pattern.startswith("_internal/lib")]


def test_no_link_leads_nowhere(bundle: Path) -> None:
    assert not [path for path in files_of(bundle) if path.is_symlink() and not path.exists()]


def test_every_library_finds_what_it_is_linked_against(bundle: Path) -> None:
    files = files_of(bundle)
    inside = {path.name for path in files}
    missing = {}
    for path in files:
        if ".so" in path.name and not path.is_symlink():
            dump = subprocess.run(["objdump", "-p", path], capture_output=True, text=True, check=True).stdout
            needed = [line.split()[1] for line in dump.splitlines() if line.strip().startswith("NEEDED")]
            lost = [name for name in needed if name not in inside and not SYSTEM_LIBRARIES.match(name)]
            if lost:
                missing[path.name] = lost
    assert not missing


def test_every_part_of_python_itself_is_stripped(bundle: Path) -> None:
    own = [*bundle.rglob("libpython3*.so*"), *bundle.rglob("lib-dynload/*.so")]
    assert own
    sections = {
        path: subprocess.run(["readelf", "-SW", path], capture_output=True, text=True, check=True).stdout
        for path in own
    }
    assert not [path.name for path, listing in sections.items() if ".symtab" in listing]


def test_python_holds_none_of_the_trainers_packages(bundle: Path) -> None:
    names = {
        path.relative_to(bundle / "_internal").parts[0].lower() for path in files_of(bundle / "_internal")
    }
    assert not names & {"torch", "torchvision", "matplotlib", "scipy", "trainer", "export"}
    # Pure modules are in the program's own archive.
    code = "import sys; from PyInstaller.archive.readers import CArchiveReader as R; a = R(sys.argv[1])\n"
    code += "print(*a.open_embedded_archive('PYZ.pyz').toc, sep='\\n')"
    python = Path(__file__).resolve().parents[2] / ".venv-bundle" / "bin" / "python"
    run = subprocess.run(
        [python, "-c", code, bundle / "Whylight"], capture_output=True, text=True, check=True
    )
    modules = set(run.stdout.split())
    assert {"whylight.explainer", "whylight.adoption.adopt", "desktop.main_window.window"} <= modules
    forbidden = {"torch", "torchvision", "matplotlib", "trainer", "export", "ssl", "tkinter"}
    assert not {module.split(".")[0] for module in modules} & forbidden


def test_the_notices_name_what_is_inside(bundle: Path) -> None:
    text = (bundle / "_internal" / "NOTICES.txt").read_text(encoding="utf-8")
    for name in ("numpy", "onnx", "onnxruntime", "opencv-python-headless", "PySide6_Essentials", "shiboken6"):
        assert re.search(rf"^{name} \d+\.\d+", text, re.MULTILINE), name
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in text
    assert "You may replace them by your own builds" in text
    for absent in ("torch ", "matplotlib ", "pyinstaller "):
        assert not re.search(rf"^{absent}\d", text, re.MULTILINE), absent


def test_it_is_no_larger_than_promised(bundle: Path) -> None:
    size = sum(path.stat().st_size for path in files_of(bundle) if not path.is_symlink())
    assert size <= MOST_MB * 1e6, f"{size / 1e6:.0f} MB"
