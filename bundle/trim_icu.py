"""Makes ICU's data, 31 MB of Qt's wheel, as small as what Qt asks it for: how text sorts in each language.

ICU's data is one object of the library `libicudata`: a header, a table of contents and the items, as ICU's
`ucmndata.h` and `udata.h` describe them. Qt has dates, numbers and the names of countries from tables of its
own; it knows UTF-8, UTF-16, UTF-32 and Latin-1 without ICU. What remains is `QCollator`, by which file
dialogs sort: `whylight self-test` has it sort words.
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
    "coll/*",  # the order of letters, for all languages
    "*.nrm",  # normal forms, for letters with accents
    "cnvalias.icu",  # names of encodings: asked for at the start
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
"""Shell patterns of items, by their names below `icudtNNl/`."""

Item = tuple[str, bytes]

_MAGIC = b"\xda\x27"
_FORMAT = b"CmnD"
_FORMAT_OFFSET = 12
"""Of the format within the header, which begins with its own size and has the magic at 2."""

_ALIGNMENT = 16


def with_slim_data(entries: Iterable[Entry], work: Path) -> list[Entry]:
    """Put a small library in place of ICU's data; without a compiler the whole one stays in."""
    if shutil.which("cc") is None:
        return list(entries)
    changed = []
    for path, source, kind in entries:
        if kind != "SYMLINK" and fnmatchcase(path, "PySide6/Qt/lib/libicudata.so.*"):
            source = str(slim_library(Path(source), work / Path(path).name))
        changed.append((path, source, kind))
    return changed


def slim_library(library: Path, target: Path) -> Path:
    """Compile a library of the same name and symbol with the items of `WANTED` alone; needs `nm` and `cc`."""
    symbol, size = _data_symbol(library)
    header, items = unpack(find_data(library.read_bytes(), size))
    kept = [item for item in items if _is_wanted(item[0])]
    target.parent.mkdir(parents=True, exist_ok=True)
    data, source = target.with_name(f"{target.name}.dat"), target.with_name(f"{target.name}.S")
    data.write_bytes(pack(header, kept))
    source.write_text(_assembly(symbol, data), encoding="utf-8")
    # No build identity and no names of this machine: the same input gives the same bytes.
    flags = ["-shared", "-nostdlib", "-s", "-Wl,--build-id=none", f"-Wl,-soname,{target.name}"]
    subprocess.run(["cc", *flags, "-o", target, source], check=True)
    return target


def find_data(library: bytes, size: int) -> bytes:
    """The bytes of the data object within a library."""
    at = library.find(_FORMAT) - _FORMAT_OFFSET
    if at < 0 or library[at + 2 : at + 4] != _MAGIC:
        raise SystemExit("libicudata holds no common data that this can read")
    return library[at : at + size]


def unpack(data: bytes) -> tuple[bytes, list[Item]]:
    """The header and the items of ICU's common data, little-endian."""
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
    """The reverse of `unpack`; the items are in the order of their names, as ICU expects."""
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
    """Name and size in bytes of the only object that the library defines."""
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
