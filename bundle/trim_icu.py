"""Reduce ICU's data (31 MB in Qt's wheel) to the parts that Qt uses: collation.

ICU's data is one object of the library `libicudata`: a header, a table of contents and the items, as
described in ICU's `ucmndata.h` and `udata.h`. Qt has its own tables of dates, numbers and countries, and
supports UTF-8, UTF-16, UTF-32 and Latin-1 without ICU. Only `QCollator` needs it, which file dialogs use for
sorting; `whylight self-test` checks it.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from shrink_linux import Entry

WANTED = (
    "coll/*",  # collation rules of all languages
    "*.nrm",  # Unicode normalisation
    "cnvalias.icu",  # names of encodings, read at start-up
    "icustd.res",
    "icuver.res",
    "keyTypeData.res",
    "likelySubtags.res",
    "metadata.res",
    "numberingSystems.res",
    "pool.res",
    "res_index.res",
    "root.res",
    "supplementalData.res",
    "timezoneTypes.res",
    "uemoji.icu",
    "ulayout.icu",
)
"""Shell patterns of items to keep, relative to `icudtNNl/`."""

Item = tuple[str, bytes]

_MAGIC = b"\xda\x27"
_FORMAT = b"CmnD"
_FORMAT_OFFSET = 12
"""Offset of the format in the header, which starts with its size and the magic number."""

_ALIGNMENT = 16


def with_slim_data(entries: Iterable[Entry], work: Path) -> list[Entry]:
    """Replace ICU's data by a reduced library; unchanged without a C compiler."""
    if shutil.which("cc") is None:
        return list(entries)
    changed = []
    for path, source, kind in entries:
        if kind != "SYMLINK" and fnmatchcase(path, "PySide6/Qt/lib/libicudata.so.*"):
            source = str(slim_library(Path(source), work / Path(path).name))
        changed.append((path, source, kind))
    return changed


def slim_library(library: Path, target: Path) -> Path:
    """Compile a library with the same name and symbol and only the items of `WANTED`.

    Needs `nm` and `cc`.
    """
    symbol, size = _data_symbol(library)
    header, items = unpack(find_data(library.read_bytes(), size))
    kept = [item for item in items if _is_wanted(item[0])]
    target.parent.mkdir(parents=True, exist_ok=True)
    data, source = target.with_name(f"{target.name}.dat"), target.with_name(f"{target.name}.S")
    data.write_bytes(pack(header, kept))
    source.write_text(_assembly(symbol, data), encoding="utf-8")
    # No build ID and no local paths, so that builds are reproducible.
    flags = ["-shared", "-nostdlib", "-s", "-Wl,--build-id=none", f"-Wl,-soname,{target.name}"]
    subprocess.run(["cc", *flags, "-o", target, source], check=True)
    return target


def find_data(library: bytes, size: int) -> bytes:
    """Return the bytes of the data object within a library."""
    at = library.find(_FORMAT) - _FORMAT_OFFSET
    if at < 0 or library[at + 2 : at + 4] != _MAGIC:
        raise SystemExit("libicudata holds no common data that this can read")
    return library[at : at + size]


def unpack(data: bytes) -> tuple[bytes, list[Item]]:
    """Split ICU's common data (little-endian) into the header and the items."""
    (header_size,) = struct.unpack_from("<H", data)
    (count,) = struct.unpack_from("<I", data, header_size)
    table = [struct.unpack_from("<II", data, header_size + 4 + 8 * index) for index in range(count)]
    ends = [start for _, start in table[1:]] + [len(data) - header_size]
    items = []
    for (name_at, start), end in zip(table, ends, strict=True):
        name = data[header_size + name_at : data.index(b"\0", header_size + name_at)].decode("ascii")
        items.append((name, data[header_size + start : header_size + end]))
    return data[:header_size], items


def pack(header: bytes, items: Sequence[Item]) -> bytes:
    """Join header and items, which must be sorted by name; the inverse of `unpack`."""
    names = b""
    name_offsets = []
    names_at = 4 + 8 * len(items)
    for name, _ in items:
        name_offsets.append(names_at + len(names))
        names += name.encode("ascii") + b"\0"
    start = _aligned(names_at + len(names))
    table, body = struct.pack("<I", len(items)), b""
    for name_at, (_, content) in zip(name_offsets, items, strict=True):
        table += struct.pack("<II", name_at, start + len(body))
        body += content.ljust(_aligned(len(content)), b"\0")
    return header + (table + names).ljust(start, b"\0") + body


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _is_wanted(name: str) -> bool:
    _, _, item = name.partition("/")
    return any(fnmatchcase(item, pattern) and item.count("/") == pattern.count("/") for pattern in WANTED)


def _data_symbol(library: Path) -> tuple[str, int]:
    """Return name and size in bytes of the only object the library defines."""
    command = ["nm", "-D", "-S", "--defined-only", library]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    ((_, size, _, name),) = (line.split() for line in run.stdout.splitlines())
    return name, int(size, 16)


def _assembly(symbol: str, data: Path) -> str:
    return (
        f".section .rodata\n.balign {_ALIGNMENT}\n.globl {symbol}\n.type {symbol}, %object\n"
        f'{symbol}:\n.incbin "{data}"\n.size {symbol}, . - {symbol}\n'
        '.section .note.GNU-stack, "", %progbits\n'
    )
