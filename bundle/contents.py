"""What goes into the bundle and what stays out: plain rules, so that a test can hold them against a build.

PyInstaller collects whatever an import could reach. Paths here are those inside the bundle, with `/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from importlib.metadata import distributions
from pathlib import Path
from typing import TypeVar

from whylight.commands import COMMANDS, module_name

EXCLUDED_MODULES = [
    # Ours that need PyTorch, and what comes along with them where it is installed.
    *("trainer", "export", "torch", "torchvision", "onnxscript", "matplotlib", "PIL", "scipy", "pandas"),
    # Never imported by what we use of these packages.
    *("numpy.f2py", "numpy.distutils", "numpy.testing", "numpy.tests"),
    *("onnx.backend", "onnx.reference", "onnx.tools", "onnx.test"),
    *("onnxruntime.quantization", "onnxruntime.transformers", "onnxruntime.tools", "onnxruntime.datasets"),
    *("cv2.gapi", "cv2.typing"),
    # Interactive and building tools of Python.
    # Nothing here speaks to a network (QtNetwork is for the local socket of
    # desktop/startup/single_instance.py, and comes without its TLS plugins); hashlib has hash
    # functions of its own without OpenSSL.
    *("ssl", "_ssl", "_hashlib"),
    *("tkinter", "IPython", "pip", "setuptools", "pkg_resources"),
    *("pdb", "pydoc", "doctest", "lib2to3", "idlelib"),
    *("PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtOpenGL", "PySide6.QtPrintSupport"),
]  # fmt: skip
"""Modules that PyInstaller's analysis must not follow."""

HIDDEN_MODULES = [
    *map(module_name, COMMANDS),
    *("desktop.cli", "desktop.self_test.runner"),  # whylight/common/siblings.py
    "isal.igzip_lib",
]
"""Imported by name at run time, which the analysis cannot see."""

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
"""Folder and name, without `q`, `lib` and suffix, of the Qt plugins in use; images are read by OpenCV."""

QT_LIBRARIES = frozenset(
    {"Core", "DBus", "Gui", "Network", "OpenGL", "Svg", "WaylandClient", "Widgets", "XcbQpa"}
)
"""The Qt libraries that the modules in use and `QT_PLUGINS` are linked against."""

QT_MODULES = frozenset({"QtCore", "QtGui", "QtNetwork", "QtWidgets"})

LANGUAGES = frozenset(
    path.stem.partition("_")[2]
    for path in (Path(__file__).resolve().parents[1] / "desktop" / "translations").glob("whylight_*.qm")
)
"""The languages of the window besides English; of Qt's own words, the same ones."""

UNWANTED = (
    "*opengl32sw.dll",  # software OpenGL, 20 MB: a window of widgets draws without OpenGL
    "*d3dcompiler_47.dll",
    "*opencv_videoio_ffmpeg*.dll",  # films; loaded on demand only
    "*/tests/*",
    "*/testing/*",
    "*.pyi",
    "*/py.typed",
    "*/include/*",
    "cv2/data/*",  # OpenCV's face detectors
    "cv2/qt/*",
    "onnx/backend/*",
    "*onnxruntime_providers_tensorrt.*",  # asks for libraries that come along with nothing here
    "onnxruntime/quantization/*",
    "onnxruntime/tools/*",
    "onnxruntime/transformers/*",
    "onnxruntime/datasets/*",
    "numpy/_core/_multiarray_tests.*",
    "*.dist-info/direct_url.json",  # where it was installed from: a folder of the building machine
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.proto",
    "*.proto3",
)
"""Shell patterns of files that nothing reads at run time."""

_QT_TRANSLATION = re.compile(r"PySide6/(?:.*/)?translations/(?P<name>[a-z]+)_(?P<language>\w+)\.qm$")
_QT_LIBRARY = re.compile(r"^(?:.*/)?(?:lib)?Qt6?(?P<name>[A-Z]\w*?)(?:\.so[.\d]*|\.dll|\.[\d.]*dylib)?$")
_QT_PLUGIN = re.compile(r"/plugins/(?P<folder>[\w-]+)/(?:lib)?(?P<name>[\w-]+)\.(?:so|dll|dylib)$")
_QT_BINDING = re.compile(r"^PySide6/(?P<name>Qt\w+)\.(?:abi3\.so|cpython.*\.so|pyd)$")

Entry = TypeVar("Entry", bound=tuple[str, ...])


def is_wanted(path: str) -> bool:
    """Whether a file that PyInstaller collected belongs into the bundle."""
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
    """The files below `assets` and their folders in the bundle, where the bundled pair has one of its own.

    So a pair that the user puts at `assets/model.onnx` does not overwrite it (`whylight/bundled.py`).
    """
    found = []
    for path in sorted(path for path in assets.rglob("*") if path.is_file()):
        folder = Path("assets") / path.relative_to(assets).parent
        is_pair = path.parent == assets and path.name.startswith("model.")
        found.append((str(path), str(folder / "bundled" if is_pair else folder)))
    return found


def cuda_libraries() -> list[tuple[str, str]]:
    """NVIDIA's libraries and their folders in the bundle, where the runtime for GPUs brought them along.

    The runtime looks for them in NVIDIA's packages beside its own (`onnxruntime.preload_dlls`).
    """
    return [
        (str(package.locate_file(file)), str(file.parent))
        for package in distributions()
        if package.name.startswith("nvidia-")
        for file in package.files or []
        if ".so" in file.suffixes or file.suffix == ".dll"
    ]


def wanted(entries: Iterable[Entry]) -> list[Entry]:
    """Those of PyInstaller's entries `(path in the bundle, source, kind)` that belong into the bundle."""
    return [entry for entry in entries if is_wanted(entry[0])]


# The plugin `qt-plugin-wayland-egl` loses its `q` as the others do.
_PLAIN_PLUGINS = frozenset(
    f"{folder}/{name.removeprefix('q')}" for folder, name in (plugin.split("/") for plugin in QT_PLUGINS)
)
