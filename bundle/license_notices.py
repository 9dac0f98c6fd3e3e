"""Generate NOTICES.txt from the files that PyInstaller collected."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

from desktop.main_window.licenses import RULE, distribution_notice, icon_notice, python_notice

LICENCES = Path(__file__).resolve().parent / "licences"

HEADER = """\
NOTICES

Whylight itself: Apache License 2.0 (LICENSE beside this file). What follows is what this copy contains
besides.

Qt and PySide6 (Qt for Python) are used under the GNU Lesser General Public License, version 3, whose text
follows at the end, unchanged and as shared libraries of their own. You may replace them by your own builds
of the same version: the files are PySide6/, shiboken6/ and, below PySide6, Qt/lib and Qt/plugins, in the
folder of this file (on Windows the DLLs of PySide6/, on macOS Contents/Frameworks/PySide6). Close Whylight,
put your files in place of these, under the same names, and start it again; nothing checks them. The sources
are at https://download.qt.io and https://code.qt.io/cgit/pyside/pyside-setup.git, in the versions named
below. You may reverse engineer Whylight to debug such changes.

The bundled model Caltech was trained on Caltech-101 (Li, Andreeto, Ranzato and Perona, CaltechDATA,
doi 10.22002/D1.20086, CC BY 4.0). The bundled model General is EfficientNet-Lite0, copyright 2020 The
TensorFlow Authors and ML Illustrated, Apache License 2.0, with weights trained on ImageNet-1k; the names of
its classes are from TorchVision (BSD-3-Clause, copyright Soumith Chintala 2016) and WordNet 3.0 (copyright
2006 by Princeton University, all rights reserved). Their cards, shown in the window, tell more. The sample
images have a notice of their own: assets/samples/NOTICE.md.
"""


def write_notices(target: Path, sources: Iterable[Path], modules: Iterable[str]) -> None:
    """Write the licence notices of a bundle.

    Args:
        target: the text file to write.
        sources: the collected files on this machine.
        modules: names of the Python modules collected into the archive.
    """
    sources, modules = list(sources), set(modules)
    parts = [HEADER, icon_notice(), python_notice()]
    parts += [
        distribution_notice(distribution)
        for distribution in sorted(distributions(), key=lambda each: each.name.lower())
        if distribution.name != "whylight" and _is_inside(distribution, sources, modules)
    ]
    parts += [f"Debian package {name}\n\n{text}" for name, text in _system_notices(sources)]
    parts += [path.read_text(encoding="utf-8") for path in sorted(LICENCES.glob("*.txt"), reverse=True)]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"\n{RULE}\n\n".join(part.strip() + "\n" for part in parts), encoding="utf-8")


def _is_inside(distribution: Distribution, sources: list[Path], modules: set[str]) -> bool:
    top = {file.parts[0] for file in distribution.files or [] if file.suffix in (".py", ".so", ".pyd")}
    packages = {name.split(".")[0] for name in top}
    if packages & {module.split(".")[0] for module in modules}:
        return True
    names = {source.name for source in sources}
    alike = (file for file in distribution.files or [] if file.name in names)
    return any(Path(str(distribution.locate_file(file))) in sources for file in alike)


def _system_notices(sources: Iterable[Path]) -> list[tuple[str, str]]:
    """Return names and copyright files of Debian packages with collected libraries."""
    if shutil.which("dpkg-query") is None:
        return []
    outside = sorted({str(path.resolve()) for path in sources if str(path.resolve()).startswith("/usr/lib")})
    names = set()
    for path in outside:
        # Merged /usr: the file may be registered under either path.
        for known in (path, path.removeprefix("/usr")):
            run = subprocess.run(["dpkg-query", "-S", known], capture_output=True, text=True, check=False)
            if run.returncode == 0:
                names.add(run.stdout.split(":")[0])
                break
    found = []
    for name in sorted(names):
        copyright_ = Path("/usr/share/doc") / name / "copyright"
        if copyright_.is_file():
            found.append((name, copyright_.read_text(encoding="utf-8", errors="replace")))
    return found
