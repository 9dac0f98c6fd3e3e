"""Shrink the Linux bundle: docs/decisions/0050-a-small-bundle.md.

Needs binutils (`nm`, `strip`, `objdump`) and a C compiler, `cc`. Without a compiler the full libraries are
kept, and the bundle is about 80 MB larger.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

Entry = tuple[str, str, str]
"""Entry of PyInstaller: path in the bundle, source, kind."""


@dataclass(frozen=True, slots=True)
class StubLibrary:
    """A library that is linked but never called, and can be replaced by a stub."""

    library: str
    """Shell pattern of its path in the bundle."""
    consumer: str
    """Shell pattern of the path of the only bundled library that needs it."""
    complaint: str
    """Error message printed if it is called nevertheless."""
    versions: tuple[str, ...] = ()
    """Functions without arguments that return a version as text, and are called on import."""


_CV2, _FILMS = "cv2/cv2.abi3.so", "films cannot be read here"

STAND_INS = (
    *(
        # These depend on each other.
        StubLibrary(f"opencv*.libs/lib{name}*.so*", _CV2, _FILMS)
        for name in ("avcodec", "avformat", "avutil", "swscale")
    ),
    StubLibrary("opencv*.libs/libopenblas*.so*", _CV2, "OpenCV's linear algebra is not here: use numpy's"),
    *(
        # Pillow resizes images here, and reads none: its plugins for further formats are not bundled.
        StubLibrary(
            f"pillow.libs/lib{name}-*.so*",
            "PIL/_imaging.*.so",
            "Pillow reads no files here",
            ("opj_version", "TIFFGetVersion"),
        )
        for name in ("jpeg", "openjp2", "tiff", "xcb")
    ),
    StubLibrary("libgssapi_krb5.so*", "PySide6/Qt/lib/libQt6Network.so*", "there is no network here"),
)

_PYTHONS_OWN = ("libpython3*.so*", "python3*/lib-dynload/*.so", "lib-dynload/*.so", "PIL/*.so")
_LIBRARY_FOLDERS = ("*.libs", "PySide6/Qt/lib", "PySide6", "shiboken6", ".")


def with_stand_ins(entries: Iterable[Entry], work: Path) -> list[Entry]:
    """Replace the libraries of `STAND_INS` by stubs with the same names and symbols."""
    kept = list(entries)
    if shutil.which("cc") is None:
        return kept
    files = {path: Path(source) for path, source, kind in kept if kind != "SYMLINK"}
    changed = []
    for path, source, kind in kept:
        stand_in = next((each for each in STAND_INS if fnmatchcase(path, each.library)), None)
        if stand_in is not None and path in files:
            consumers = (file for name, file in files.items() if fnmatchcase(name, stand_in.consumer))
            if (consumer := next(consumers, None)) is not None:
                symbols = _symbols(consumer, defined=False) & _symbols(files[path], defined=True)
                source = str(_make_stand_in(work / Path(path).name, symbols, stand_in))
        changed.append((path, source, kind))
    return changed


def with_stripped_python(entries: Iterable[Entry], work: Path) -> list[Entry]:
    """Strip debug symbols from the extension modules of Python and Pillow.

    Other libraries are not stripped; numpy's OpenBLAS, for example, no longer loads after `strip`.
    """
    changed = []
    for path, source, kind in entries:
        if kind != "SYMLINK" and any(fnmatchcase(path, pattern) for pattern in _PYTHONS_OWN):
            target = work / path
            target.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["strip", "--strip-unneeded", "-o", target, source], check=True)
            source = str(target)
        changed.append((path, source, kind))
    return changed


def drop_unused_libraries(entries: Iterable[Entry], needs: Callable[[str], Iterable[str]]) -> list[Entry]:
    """Drop libraries that only excluded files need.

    `needs` returns the names of the libraries that a file is linked against. All files outside the library
    folders (extension modules, plugins, libraries loaded by name at run time) are kept.
    """
    entries = list(entries)
    files = [entry for entry in entries if entry[2] != "SYMLINK"]
    by_name = {Path(entry[0]).name: entry for entry in files if _is_mere_library(entry)}
    waiting = [entry for entry in files if not _is_mere_library(entry)]
    kept = {entry[0] for entry in waiting}
    while waiting:
        for name in needs(waiting.pop()[1]):
            entry = by_name.get(name)
            if entry is not None and entry[0] not in kept:
                kept.add(entry[0])
                waiting.append(entry)
    kept |= {
        path for path, target, kind in entries if kind == "SYMLINK" and _patch_needed(path, target) in kept
    }
    return [entry for entry in entries if entry[0] in kept]


def _patch_needed(link: str, target: str) -> str:
    """Return the path in the bundle that the symbolic link `link` points to."""
    return (Path(link).parent / target).as_posix()


def _is_mere_library(entry: Entry) -> bool:
    path, _, kind = entry
    if kind != "BINARY" or Path(path).name.startswith("libpython"):
        return False
    return any(fnmatchcase(str(Path(path).parent), folder) for folder in _LIBRARY_FOLDERS)


def linked_libraries(source: str) -> list[str]:
    """Return the names of the libraries an ELF file is linked against."""
    run = subprocess.run(["objdump", "-p", source], capture_output=True, text=True, check=False)
    return [line.split()[1] for line in run.stdout.splitlines() if line.strip().startswith("NEEDED")]


def _symbols(library: Path, *, defined: bool) -> set[tuple[str, str]]:
    """Return names and versions of the dynamic symbols a library defines or needs."""
    which = "--defined-only" if defined else "--undefined-only"
    run = subprocess.run(["nm", "-D", which, library], capture_output=True, text=True, check=True)
    found = set()
    for line in run.stdout.splitlines():
        name, _, version = line.split()[-1].partition("@")
        found.add((name, version.lstrip("@")))
    return found


def _make_stand_in(target: Path, symbols: set[tuple[str, str]], stub: StubLibrary) -> Path:
    """Compile a library whose functions print a message and abort."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source, script = target.with_name(f"{target.name}.c"), target.with_name(f"{target.name}.map")
    source.write_text(_stand_in_code(sorted(name for name, _ in symbols), stub), encoding="utf-8")
    script.write_text(_version_script(symbols), encoding="utf-8")
    # No build ID and no local paths, so that builds are reproducible.
    flags = ["-shared", "-fPIC", "-Os", "-s", "-Wl,--build-id=none", f"-Wl,-soname,{target.name}"]
    command: Sequence[str | Path] = ["cc", *flags, f"-Wl,--version-script={script}", "-o", target, source]
    subprocess.run(command, check=True)
    return target


def _stand_in_code(names: Sequence[str], stub: StubLibrary) -> str:
    functions = "\n".join(
        f'const char *{name}(void) {{ return "left out"; }}'
        if name in stub.versions
        else f'void {name}(void) {{ missing("{name}"); }}'
        for name in names
    )
    return (
        "#include <stdio.h>\n#include <stdlib.h>\n"
        "static void missing(const char *name) {\n"
        f'  fprintf(stderr, "Whylight: %s was left out of this app ({stub.complaint}).\\n", name);\n'
        "  abort();\n}\n"
        f"{functions}\n"
    )


def _version_script(symbols: set[tuple[str, str]]) -> str:
    versions = sorted({version for _, version in symbols if version})
    nodes = [
        f"{version} {{ global: {' '.join(f'{n};' for n, v in sorted(symbols) if v == version)} }};\n"
        for version in versions
    ]
    plain = "".join(f"{name}; " for name, version in sorted(symbols) if not version)
    if plain and not versions:
        return f"{{ global: {plain}local: *; }};\n"
    return "".join(nodes)
