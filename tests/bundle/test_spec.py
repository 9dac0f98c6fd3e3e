"""build.spec on each of the three systems: evaluated with PyInstaller's part played by a recorder."""

from __future__ import annotations

import plistlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import PySide6.QtCore  # noqa: F401  # before a test says that this is Windows, where it would look for DLLs
import pytest

ROOT = Path(__file__).resolve().parents[2]

COLLECTED = [
    "PySide6/opengl32sw.dll",
    "PySide6/Qt6Core.dll",
    "PySide6/Qt6Network.dll",
    "PySide6/Qt6Qml.dll",
    "PySide6/QtNetwork.pyd",
    "PySide6/QtQml.pyd",
    "PySide6/plugins/platforms/qwindows.dll",
    "PySide6/plugins/tls/qschannelbackend.dll",
    "PySide6/translations/qtbase_de.qm",
    "PySide6/translations/qtbase_xx.qm",
    "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
    "PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore",
    "PySide6/Qt/lib/QtQml.framework/Versions/A/QtQml",
    "cv2/opencv_videoio_ffmpeg500_64.dll",
    "cv2/cv2.pyd",
    "numpy/_core/tests/data.csv",
]


class Recorder:
    """Stands where PyInstaller's names stand, and keeps what each was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def names(self) -> dict[str, Any]:
        return {name: self._taker(name) for name in ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")}

    def called(self, name: str) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        return [(args, options) for called, args, options in self.calls if called == name]

    def _taker(self, name: str) -> Any:
        def take(*args: Any, **options: Any) -> Any:
            self.calls.append((name, args, options))
            entries = [(path, path, "BINARY") for path in COLLECTED]
            return SimpleNamespace(binaries=entries, datas=[], pure=[], scripts=[])

        return take


@pytest.fixture
def evaluate(monkeypatch: pytest.MonkeyPatch, writes_into_build: None) -> Any:
    """Returns a function that evaluates the spec as on a system, by `sys.platform`."""

    def on(platform: str) -> Recorder:
        recorder = Recorder()
        spec = ROOT / "build.spec"
        code = compile(spec.read_text(encoding="utf-8"), spec, "exec")
        monkeypatch.setattr(sys, "path", list(sys.path))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "platform", platform)
            exec(code, {"SPECPATH": str(ROOT), **recorder.names()})
        return recorder

    return on


def inside(recorder: Recorder) -> set[str]:
    ((arguments, options),) = recorder.called("COLLECT")
    assert options["strip"] is False
    assert options["upx"] is False
    return {entry[0] for entry in arguments[0]}


def test_windows(evaluate: Any) -> None:
    recorder = evaluate("win32")
    windowed, console = (options for _, options in recorder.called("EXE"))
    assert (windowed["name"], windowed["console"]) == ("Whylight", False)
    assert (console["name"], console["console"]) == ("whylight-console", True)
    icon = Path(windowed["icon"]).read_bytes()
    assert icon[:4] == b"\x00\x00\x01\x00"
    version = Path(windowed["version"]).read_text(encoding="utf-8")
    compile(version, "version", "eval")
    assert "filevers=(0, 1, 0, 0)" in version
    assert inside(recorder) >= {
        "PySide6/Qt6Core.dll",
        "PySide6/Qt6Network.dll",
        "PySide6/QtNetwork.pyd",
        "PySide6/plugins/platforms/qwindows.dll",
        "cv2/cv2.pyd",
    }
    assert not inside(recorder) & {
        "PySide6/opengl32sw.dll",
        "PySide6/Qt6Qml.dll",
        "PySide6/QtQml.pyd",
        "PySide6/plugins/tls/qschannelbackend.dll",
        "PySide6/translations/qtbase_xx.qm",
        "cv2/opencv_videoio_ffmpeg500_64.dll",
        "numpy/_core/tests/data.csv",
    }
    assert not recorder.called("BUNDLE")


def test_macos(evaluate: Any) -> None:
    recorder = evaluate("darwin")
    ((_, program),) = recorder.called("EXE")
    assert program["console"] is False
    icon = Path(program["icon"]).read_bytes()
    assert icon[:4] == b"icns"
    assert int.from_bytes(icon[4:8], "big") == len(icon)
    assert "PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore" in inside(recorder)
    assert "PySide6/Qt/plugins/platforms/libqcocoa.dylib" in inside(recorder)
    assert "PySide6/Qt/lib/QtQml.framework/Versions/A/QtQml" not in inside(recorder)
    ((_, options),) = recorder.called("BUNDLE")
    assert options["name"] == "Whylight.app"
    plist = plistlib.loads(plistlib.dumps(options["info_plist"]))
    kinds = {kind for document in plist["CFBundleDocumentTypes"] for kind in document["LSItemContentTypes"]}
    assert kinds >= {"public.image", "public.folder"}
    (imported,) = plist["UTImportedTypeDeclarations"]
    assert imported["UTTypeIdentifier"] in kinds
    assert imported["UTTypeTagSpecification"]["public.filename-extension"] == ["onnx"]


def test_linux(evaluate: Any) -> None:
    recorder = evaluate("linux")
    ((_, program),) = recorder.called("EXE")
    assert program["console"] is True
    assert "icon" not in program
    assert "NOTICES.txt" in inside(recorder)
    assert not recorder.called("BUNDLE")


def test_every_excluded_module_is_really_never_imported() -> None:
    import contents

    ours = {"whylight", "desktop"}
    assert not ours & {name.split(".")[0] for name in contents.EXCLUDED_MODULES}
