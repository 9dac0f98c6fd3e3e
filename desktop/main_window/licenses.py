"""Versions, notices and licences for the About dialog.

A packaged app contains its licences in a file; otherwise they are collected from installed packages. Reading
them takes a moment and is done by a worker.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from PySide6.QtCore import qVersion

from ..widgets.icons import LICENCE

FILE = "NOTICES.txt"
"""File of a packaged app, written by `bundle/license_notices.py` from its contents."""

RULE = "=" * 100

_LICENCE_NAMES = ("license", "licence", "copying", "notice", "thirdpartynotice")
_LICENCE_SUFFIXES = ("", ".txt", ".md", ".rst", ".eigen")


@dataclass(frozen=True, slots=True)
class Notices:
    """Texts of the About dialog besides the model card."""

    version: str
    """Version of Whylight."""
    runs_on: str
    """Names and versions of the main dependencies."""
    system: str
    images: str
    """Origin of the sample images, as Markdown."""
    licences: str


def read_notices() -> Notices:
    """Collect the notices; raises `WhylightError` or `OSError` for a missing file."""
    import cv2
    import onnxruntime

    from whylight.bundled import asset

    versions = {
        "Python": platform.python_version(),
        "Qt": qVersion(),
        "ONNX Runtime": onnxruntime.__version__,
        "OpenCV": cv2.__version__,
    }
    return Notices(
        _own().version,
        ", ".join(f"{name} {number}" for name, number in versions.items()),
        platform.platform(),
        asset("samples/NOTICE.md").read_text(encoding="utf-8"),
        licences(),
    )


def licences() -> str:
    """Return the licences of Whylight and of its dependencies."""
    frozen: str | None = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return "\n".join((Path(frozen) / name).read_text(encoding="utf-8") for name in ("LICENSE", FILE))
    parts = [distribution_notice(each) for each in (_own(), *sorted_needs())]
    return f"\n{RULE}\n\n".join([*parts, icon_notice(), python_notice()])


def icon_notice() -> str:
    """Return the licence of the icons."""
    return f"Lucide icons (https://lucide.dev)\n\n{LICENCE.read_text(encoding='utf-8')}"


def sorted_needs() -> list[Distribution]:
    """Return the installed dependencies of Whylight, recursively, by name."""
    found: dict[str, Distribution] = {}
    waiting = list(_needs(_own(), "desktop"))
    while waiting:
        each = waiting.pop()
        if each.name not in found:
            found[each.name] = each
            waiting += _needs(each)
    return sorted(found.values(), key=lambda each: each.name.lower())


def distribution_notice(package: Distribution) -> str:
    """Return name, version, licence, URLs and licence texts of an installed package."""
    metadata = package.metadata
    said = [
        metadata.get_all(key, []) for key in ("License-Expression", "License", "Project-URL", "Home-page")
    ]
    licence = next((each for each in [*said[0], *said[1]] if each), "see below")
    lines = [f"{package.name} {package.version}", f"Licence: {licence.splitlines()[0]}"]
    lines += [home for home in [*said[2], *said[3]] if home][:3]
    told: set[str] = set()
    for file in sorted(package.files or []):
        path = Path(str(package.locate_file(file)))
        is_licence = file.name.lower().startswith(_LICENCE_NAMES) and path.suffix in _LICENCE_SUFFIXES
        if is_licence and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            if text not in told:  # some packages include their licence twice
                told.add(text)
                lines += ["", f"--- {file} ---", text]
    return "\n".join(lines)


def python_notice() -> str:
    """Return version and licence of Python."""
    places = [Path(sys.base_prefix) / "LICENSE.txt"]
    places += [Path(folder) / "LICENSE.txt" for folder in sys.path]
    text = next((path.read_text(encoding="utf-8") for path in places if path.is_file()), "")
    version = ".".join(map(str, sys.version_info[:3]))
    about = f"Python {version}\nLicence: PSF-2.0, https://docs.python.org/3/license.html\n"
    return f"{about}Copyright 2001 Python Software Foundation; All Rights Reserved\n\n{text}"


def _own() -> Distribution:
    return distribution("whylight")


def _needs(package: Distribution, extra: str = "") -> Iterator[Distribution]:
    """Yield the installed dependencies of a package, including those of one extra."""
    for requirement in package.requires or []:
        words, _, marker = requirement.partition(";")
        name = re.match(r"[\w.-]+", words)
        of_extra = re.search(r"extra == ['\"]([\w-]+)", marker)
        if name is not None and (of_extra is None or of_extra[1] == extra):
            try:
                yield distribution(name[0])
            except PackageNotFoundError:  # only required on other systems
                continue
