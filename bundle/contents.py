"""Rules for the contents of the bundle.

PyInstaller collects everything that an import could reach. Paths are those inside the bundle, with `/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from importlib.metadata import distributions
from pathlib import Path
from typing import TypeVar

from desktop.main_window.manual import PAGES
from whylight.commands import COMMANDS, module_name

EXCLUDED_MODULES = [
    # Our packages that need PyTorch, and their dependencies.
    *("trainer", "export", "torch", "torchvision", "onnxscript", "matplotlib", "scipy", "pandas"),
    # Parts of these packages that are not used.
    *("numpy.f2py", "numpy.distutils", "numpy.testing", "numpy.tests"),
    *("onnx.backend", "onnx.tools", "onnx.test"),
    *("onnxruntime.quantization", "onnxruntime.transformers", "onnxruntime.tools", "onnxruntime.datasets"),
    *("cv2.gapi", "cv2.typing"),
    *("PIL.ImageQt", "PIL.ImageTk", "PIL.ImageShow", "PIL.ImageGrab", "PIL._imagingtk", "PIL._imagingft"),
    *("PIL._avif", "PIL._webp", "PIL._imagingcms", "PIL.ImageCms"),
    # Interactive and building tools of Python.
    # No network access is needed (QtNetwork is for the local socket of
    # desktop/startup/single_instance.py, without TLS plugins); hashlib has its own hash
    # functions without OpenSSL.
    *("ssl", "_ssl", "_hashlib"),
    *("tkinter", "IPython", "pip", "setuptools", "pkg_resources"),
    *("pdb", "pydoc", "doctest", "lib2to3", "idlelib"),
    *("sqlite3", "_sqlite3"),  # of a kind of lock of filelock's that is not used
    *("PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtOpenGL", "PySide6.QtPrintSupport"),
]  # fmt: skip
"""Modules excluded from PyInstaller's analysis."""

HIDDEN_MODULES = [
    *map(module_name, COMMANDS),
    *("desktop.cli", "desktop.self_test.runner"),  # whylight/siblings.py
    "whylight.isolation.tasks",
    "whylight.images.decoder_child",
    "isal.igzip_lib",
]
"""Modules imported by name at run time, which the analysis cannot find."""

QT_PLUGINS = frozenset(
    {
        *("platforms/offscreen", "platforms/xcb", "platforms/wayland"),
        *("platforms/windows", "platforms/cocoa"),
        "styles/modernwindowsstyle",
        "styles/macstyle",
        *("imageformats/svg", "iconengines/svgicon"),
        "platforminputcontexts/composeplatforminputcontextplugin",
        "platforminputcontexts/ibusplatforminputcontextplugin",
        *("platformthemes/xdgdesktopportal", "xcbglintegrations/xcb-egl-integration"),
        *("wayland-shell-integration/xdg-shell", "wayland-decoration-client/bradient"),
        "wayland-decoration-client/adwaita",
        *("wayland-graphics-integration-client/qt-plugin-wayland-egl",),
    }
)  # fmt: skip
"""Qt plugins in use as folder/name, without `q`, `lib` and suffix; images are read by OpenCV."""

QT_LIBRARIES = frozenset(
    {"Core", "DBus", "Gui", "Network", "OpenGL", "Svg", "WaylandClient", "Widgets", "XcbQpa"}
)
"""Qt libraries needed by the modules in use and `QT_PLUGINS`."""

QT_MODULES = frozenset({"QtCore", "QtGui", "QtNetwork", "QtWidgets"})

LANGUAGES = frozenset(
    path.stem.partition("_")[2]
    for path in (Path(__file__).resolve().parents[1] / "desktop" / "translations").glob("whylight_*.qm")
)
"""Languages of the window besides English; Qt's translations are limited to these."""

UNWANTED = (
    "*opengl32sw.dll",  # software OpenGL, 20 MB; widgets do not use OpenGL
    "*d3dcompiler_47.dll",
    "*opencv_videoio_ffmpeg*.dll",  # video; loaded on demand only
    "*/tests/*",
    "*/testing/*",
    "*.pyi",
    "*/py.typed",
    "*/include/*",
    "cv2/data/*",  # OpenCV's face detectors
    "cv2/qt/*",
    "onnx/backend/*",
    "*onnxruntime_providers_tensorrt.*",  # needs libraries that are not bundled
    "onnxruntime/quantization/*",
    "onnxruntime/tools/*",
    "onnxruntime/transformers/*",
    "onnxruntime/datasets/*",
    "numpy/_core/_multiarray_tests.*",
    "*.dist-info/direct_url.json",  # contains a path of the build machine
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.proto",
    "*.proto3",
)
"""Shell patterns of files not used at run time."""

_QT_TRANSLATION = re.compile(r"PySide6/(?:.*/)?translations/(?P<name>[a-z]+)_(?P<language>\w+)\.qm$")
_QT_LIBRARY = re.compile(r"^(?:.*/)?(?:lib)?Qt6?(?P<name>[A-Z]\w*?)(?:\.so[.\d]*|\.dll|\.[\d.]*dylib)?$")
_QT_PLUGIN = re.compile(r"/plugins/(?P<folder>[\w-]+)/(?:lib)?(?P<name>[\w-]+)\.(?:so|dll|dylib)$")
_QT_BINDING = re.compile(r"^PySide6/(?P<name>Qt\w+)\.(?:abi3\.so|cpython.*\.so|pyd)$")

Entry = TypeVar("Entry", bound=tuple[str, ...])


def is_wanted(path: str) -> bool:
    """Return whether a file collected by PyInstaller belongs in the bundle."""
    path = path.replace("\\", "/")
    if any(fnmatchcase(path, pattern) for pattern in UNWANTED):
        return False
    if match := _QT_TRANSLATION.search(path):
        return match["name"] == "qtbase" and match["language"] in LANGUAGES
    if match := _QT_PLUGIN.search(path):
        return f"{match['folder']}/{match['name'].removeprefix('q')}" in _PLAIN_PLUGINS
    if match := _QT_BINDING.match(path):
        return match["name"] in QT_MODULES
    if "PySide6/" in path or path.startswith(("libQt6", "Qt6")):
        match = _QT_LIBRARY.match(path.split(".framework/")[0] if ".framework/" in path else path)
        return match is None or match["name"] in QT_LIBRARIES
    return True


def asset_files(assets: Path) -> list[tuple[str, str]]:
    """List the files below `assets` with their folders in the bundle."""
    return [
        (str(path), str(Path("assets") / path.relative_to(assets).parent))
        for path in sorted(path for path in assets.rglob("*") if path.is_file())
    ]


def manual_files(docs: Path) -> list[tuple[str, str]]:
    """List the pages of the manual with their folder in the bundle, no images."""
    return [(str(docs / f"{name}.md"), "assets/manual") for name in PAGES]


def cuda_libraries() -> list[tuple[str, str]]:
    """List NVIDIA's libraries with their folders in the bundle, if installed.

    ONNX Runtime searches for them in NVIDIA's packages next to its own (`onnxruntime.preload_dlls`).
    """
    return [
        (str(package.locate_file(file)), str(file.parent))
        for package in distributions()
        if package.name.startswith("nvidia-")
        for file in package.files or []
        if ".so" in file.suffixes or file.suffix == ".dll"
    ]


def wanted(entries: Iterable[Entry]) -> list[Entry]:
    """Filter PyInstaller's entries `(path in the bundle, source, kind)`."""
    return [entry for entry in entries if is_wanted(entry[0])]


# The leading `q` is also removed from `qt-plugin-wayland-egl`.
_PLAIN_PLUGINS = frozenset(
    f"{folder}/{name.removeprefix('q')}" for folder, name in (plugin.split("/") for plugin in QT_PLUGINS)
)
