"""Images on other file systems, by pyarrow: `s3://`, `gs://`, `hdfs://`.

What pyarrow does not know is looked for in fsspec, where that is installed. Folders are listed one at a time,
but for Google's storage: pyarrow shows only those folders there that have an object of their own.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from whylight.common.natural_sort import natural_key
from whylight.errors import ImageError
from whylight.images.files import WALKED_SUFFIXES
from whylight.images.limits import MAX_BYTES

_LISTED_WHOLE = frozenset({"gcs"})
"""File systems, as pyarrow names them, whose folders are found by their files."""

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
        except Exception as error:  # pyarrow's and those of any client that fsspec calls
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
        if system.type_name in _LISTED_WHOLE:
            found = system.get_file_info(fs.FileSelector(base, recursive=True))
            yield from _images(address, _in_order(found, base))
            return
        waiting = [base]
        while waiting:
            folder = waiting.pop()
            found = _in_order(system.get_file_info(fs.FileSelector(folder, recursive=False)), folder)
            yield from _images(address, found)
            folders = [each.path for each in found if each.type == fs.FileType.Directory]
            waiting.extend(reversed(folders))
    except ImageError:
        raise
    except Exception as error:  # pyarrow's and those of any client that fsspec calls
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
        try:
            fsspec: Any = importlib.import_module("fsspec")
            client, path = fsspec.url_to_fs(address)
        except ImportError as missing:
            raise (missing if missing.name != "fsspec" else unknown) from None
        except ValueError:
            raise unknown from None
        system = fs.PyFileSystem(fs.FSSpecHandler(client))
    return system, str(path).rstrip("/")


def _in_order(found: Sequence[Any], folder: str) -> list[Any]:
    """Return files and folders in natural order, a folder's files before its folders."""

    def key(info: Any) -> list[tuple[bool, Any]]:
        *folders, name = str(info.path).removeprefix(folder).strip("/").split("/")
        return [*((True, natural_key(each)) for each in folders), (not info.is_file, natural_key(name))]

    return sorted(found, key=key)


def _images(address: str, found: Sequence[Any]) -> Iterator[RemoteFile]:
    return (_file(address, each) for each in found if each.is_file and _is_image(each.base_name))


def _file(address: str, info: Any) -> RemoteFile:
    return RemoteFile(address, info.path, int(info.size or 0), info.mtime_ns)


def _is_image(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in WALKED_SUFFIXES  # noqa: PTH122
