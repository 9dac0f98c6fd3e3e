"""Pack a folder as a reproducible .tar.xz archive.

python bundle/archive.py FOLDER ARCHIVE
"""

from __future__ import annotations

import argparse
import lzma
import os
import tarfile
from pathlib import Path

MIB = 1 << 20

FILTERS = [
    {"id": lzma.FILTER_X86},  # x86 call filter, about 5 % smaller
    {"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 64 * MIB},
]
"""Supported by every `xz` and `tar`; unpacking needs 64 MiB of memory."""


def pack(folder: Path, archive: Path, moment: int) -> None:
    """Pack `folder` under its own name, sorted and without owner.

    All times are set to `moment` (seconds since 1970), so equal contents give equal bytes.
    """
    beside = archive.with_name(f".{archive.name}.{os.getpid()}.part")
    try:
        with (
            lzma.open(beside, "wb", format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, filters=FILTERS) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for path in [folder, *sorted(folder.rglob("*"))]:
                name = path.relative_to(folder.parent).as_posix()
                _add(tar, path, name, moment)
        beside.replace(archive)
    finally:
        beside.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, path: Path, name: str, moment: int) -> None:
    entry = tar.gettarinfo(path, name)
    if entry.islnk():  # store hard links as regular files
        entry.type, entry.linkname, entry.size = tarfile.REGTYPE, "", path.stat().st_size
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = moment
    executable = entry.isdir() or entry.mode & 0o100
    entry.mode = 0o755 if executable else 0o644
    if entry.isreg():
        with path.open("rb") as file:
            tar.addfile(entry, file)
    else:
        tar.addfile(entry)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("archive", type=Path)
    given = parser.parse_args()
    # See https://reproducible-builds.org/specs/source-date-epoch/; 1980 if it is not set.
    pack(given.folder, given.archive, int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")))
