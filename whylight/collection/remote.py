"""Images on other file systems, by pyarrow: `s3://`, `gs://`, `hdfs://`.

What pyarrow does not know is looked for in fsspec, where that is installed. Folders are listed one at a time.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from whylight.common.natural_sort import natural_key
from whylight.errors import ImageError
from whylight.images.files import WALKED_SUFFIXES
from whylight.images.limits import MAX_BYTES

_ADDRESS = re.compile(r"^([a-z][a-z0-9+.-]+):/+(.+)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """File on another file system."""

    address: str
    """Address of the folder that was asked for."""
    path: str
    """Path of the file in its file system."""
    size: int
    """Bytes, as the file system says."""
    mtime_ns: int | None
    """Time of the last change, in nanoseconds since 1970, if the file system says it."""

    def read(self) -> bytes:
        """Return the file's bytes.

        Raises:
            ImageError: it cannot be read, or is too large.
        """
        if self.size > MAX_BYTES:
            limit = MAX_BYTES // 2**20
            raise ImageError("{path}: has more than {limit:,} MiB", path=self.path, limit=limit)
        try:
            system, _ = _opened(self.address)
            with system.open_input_stream(self.path) as stream:
                return bytes(stream.read(MAX_BYTES))
        except (OSError, ValueError) as error:  # pyarrow's are of these
            raise ImageError("{path}: cannot be read: {reason}", path=self.path, reason=error) from error


def address_of(path: Path) -> str | None:
    """Return the address that a path was made of (`s3:/bucket`), or None."""
    found = _ADDRESS.match(os.fspath(path))
    if found is None:
        return None
    slashes = ":///" if found[1] == "file" else "://"
    return f"{found[1]}{slashes}{found[2]}"


def walk_remote(address: str) -> Iterator[RemoteFile]:
    """Yield the images at an address, a file or a folder, in natural order.

    Raises:
        ImageError: the file system is not known, cannot be reached, or has no such file or folder.
    """
    try:
        fs: Any = importlib.import_module("pyarrow.fs")
    except ImportError:
        raise ImageError(
            "{path}: other file systems need the package 'pyarrow': pip install 'whylight[scale]'",
            path=address,
        ) from None
    try:
        system, base = _opened(address)
        (info,) = system.get_file_info([base])
        if info.type == fs.FileType.File:
            yield _file(address, info)
            return
        if info.type == fs.FileType.NotFound:
            raise ImageError("{path}: there is no such file or folder", path=address)
        waiting = [base]
        while waiting:
            folder = waiting.pop()
            found = system.get_file_info(fs.FileSelector(folder, recursive=False))
            found.sort(key=lambda each: natural_key(each.base_name))
            for each in found:
                if each.type == fs.FileType.File and _is_image(each.base_name):
                    yield _file(address, each)
            folders = [each.path for each in found if each.type == fs.FileType.Directory]
            waiting.extend(reversed(folders))
    except (OSError, ValueError) as error:
        raise ImageError("{path}: cannot be read: {reason}", path=address, reason=error) from error


def name_of(file: RemoteFile) -> str:
    """Return a file's name below the folder that was asked for, with forward slashes."""
    _, base = _opened(file.address)
    return file.path.removeprefix(base).lstrip("/") or file.path.rpartition("/")[2]


@lru_cache(maxsize=16)
def _opened(address: str) -> tuple[Any, str]:
    """Return the file system of an address, and the path in it."""
    fs: Any = importlib.import_module("pyarrow.fs")
    try:
        system, path = fs.FileSystem.from_uri(address)
    except ValueError as unknown:
        scheme, _, rest = address.partition("://")
        try:
            fsspec: Any = importlib.import_module("fsspec")
            system = fs.PyFileSystem(fs.FSSpecHandler(fsspec.filesystem(scheme)))
        except (ImportError, ValueError):
            raise unknown from None
        path = rest
    return system, str(path).rstrip("/")


def _file(address: str, info: Any) -> RemoteFile:
    return RemoteFile(address, info.path, int(info.size or 0), info.mtime_ns)


def _is_image(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in WALKED_SUFFIXES  # noqa: PTH122
