"""Metadata for Windows (version resource) and macOS (property list)."""

from __future__ import annotations

from typing import Any

IDENTIFIER = "io.github.whylight.Whylight"


def windows_version(version: str) -> str:
    """Return the version resource for PyInstaller; `version` is like "1.2.3"."""
    numbers = [int(part) for part in version.split(".")[:3]]
    four = tuple([*numbers, 0, 0, 0][:4])
    strings = {
        "CompanyName": "Whylight",
        "FileDescription": "Whylight",
        "FileVersion": version,
        "InternalName": "Whylight",
        "LegalCopyright": "Apache License 2.0",
        "OriginalFilename": "Whylight.exe",
        "ProductName": "Whylight",
        "ProductVersion": version,
    }
    table = ", ".join(f"StringStruct({name!r}, {value!r})" for name, value in strings.items())
    return (
        "VSVersionInfo(\n"
        f"  ffi=FixedFileInfo(filevers={four}, prodvers={four}, mask=0x3F, flags=0x0, OS=0x40004, "
        "fileType=0x1, subtype=0x0, date=(0, 0)),\n"
        f"  kids=[StringFileInfo([StringTable('040904B0', [{table}])]), "
        "VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n"
    )


def info_plist(version: str) -> dict[str, Any]:
    """Return additional keys of the macOS `Info.plist`, including document types."""
    return {
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "NSHighResolutionCapable": True,
        "NSRequiresAquaSystemAppearance": False,  # follow the dark mode
        "LSMinimumSystemVersion": "12.0",
        "CFBundleDocumentTypes": [
            _document("Image", ["public.image"], "Viewer"),
            _document("Folder", ["public.folder"], "Viewer"),
            _document("ONNX model", ["io.github.whylight.onnx"], "Viewer"),
        ],
        "UTImportedTypeDeclarations": [
            {
                "UTTypeIdentifier": "io.github.whylight.onnx",
                "UTTypeDescription": "ONNX model",
                "UTTypeConformsTo": ["public.data"],
                "UTTypeTagSpecification": {"public.filename-extension": ["onnx"]},
            }
        ],
    }


def _document(name: str, kinds: list[str], role: str) -> dict[str, Any]:
    return {
        "CFBundleTypeName": name,
        "CFBundleTypeRole": role,
        "LSHandlerRank": "Alternate",  # offered under "Open with", but not the default
        "LSItemContentTypes": kinds,
    }
