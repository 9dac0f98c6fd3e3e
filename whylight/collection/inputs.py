"""Images named by lists and patterns, or inside tar and Parquet files.

    list.txt        a path a line
    list.csv        a column `path`, `file`, `filename` or `image`, or else the first; and maybe `label`
    photos/*/*.jpg  a pattern, `**` for folders of any depth, in quotation marks so that the shell leaves it
    shard.tar       images, and beside each an optional `.cls` with its class (webdataset)
    data.arrow      the same, as Hugging Face datasets keep it on disk (`save_to_disk`, the cache)
    folder          of Hugging Face datasets (`save_to_disk`), all of its splits
    part.parquet    a column `image` of bytes or of a struct with `bytes` (Hugging Face datasets), or `bytes`;
                    and maybe `label`, `path` or `file`; needs the extra `scale`
    clip.mp4        a frame a second of a video (`whylight.collection.video`)
    s3://bucket/x   a folder or file on another file system (`whylight.collection.remote`)

All are read as they are needed, a few images at a time. Paths in a list are relative to the list.
"""

from __future__ import annotations

import csv
import glob
import importlib
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from whylight.collection.remote import RemoteFile, address_of, name_of, walk_remote
from whylight.common.paths import is_file, is_there
from whylight.errors import ImageError
from whylight.images.files import VIDEO_SUFFIXES, WALKED_SUFFIXES
from whylight.images.limits import MAX_BYTES

PATH_COLUMNS = ("path", "file", "filename", "file_name", "image")
LABEL_COLUMNS = ("label", "class")
_LABEL_SUFFIX = ".cls"
_LONGEST_LINE = 1 << 16
_DATASET, _DATASETS = "dataset_info.json", "dataset_dict.json"
"""Files by which a folder of a Hugging Face dataset is known, or of one with splits."""
_ROWS = 32
"""Rows of a Parquet file that are read at a time."""


@dataclass(frozen=True, slots=True)
class Found:
    """Image of an input that is no folder."""

    path: Path
    """The file, or for an image inside a file, that file's path and the name inside it."""
    name: str
    """Name with forward slashes."""
    data: bytes | None = None
    """The image file's bytes, if it lies inside another file."""
    label: str | int | None = None
    """Name or index of its class, if the input says so."""
    remote: RemoteFile | None = None
    """The file, if it lies on another file system."""


OnError = Callable[[Path, ImageError], None]


def reader_of(path: Path) -> Callable[[Path, OnError], Iterator[Found]] | None:
    """Return the function that reads an input, or None for an image or folder.

    It is called with the path and with a function for errors, and raises nothing.
    """
    if is_there(path):
        if any(is_file(path / name) for name in (_DATASET, _DATASETS)):
            return _read_dataset
        return _READERS.get(path.suffix.lower()) if is_file(path) else None
    if address_of(path) is not None:
        return _read_remote
    return _read_pattern if glob.has_magic(os.fspath(path)) else None


def _read_pattern(path: Path, on_error: OnError) -> Iterator[Found]:
    """Yield the images that a pattern fits, in no order, as they are found."""
    pattern = os.fspath(path)
    fixed = []
    for part in path.parts:
        if glob.has_magic(part):
            break
        fixed.append(part)
    base = Path(*fixed) if fixed else Path()
    any_found = False
    for name in glob.iglob(pattern, recursive=True):  # noqa: PTH207, pathlib's lists first
        found = Path(name)
        if is_file(found):
            any_found = True
            yield Found(found, found.relative_to(base).as_posix())
    if not any_found:
        on_error(path, ImageError("{path}: no file fits this pattern", path=path))


def _read_remote(path: Path, on_error: OnError) -> Iterator[Found]:
    address = address_of(path)
    assert address is not None
    try:
        for file in walk_remote(address):
            name = name_of(file)
            yield Found(path / name, name, remote=file)
    except ImageError as error:
        on_error(path, error)


def _read_text(path: Path, on_error: OnError) -> Iterator[Found]:
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
            while line := file.readline(_LONGEST_LINE):
                if len(line) == _LONGEST_LINE:
                    raise ImageError("{path}: a line is longer than a path can be", path=path)
                if text := line.strip("\r\n"):
                    yield _listed(path, text)
    except (OSError, ImageError) as error:
        on_error(path, _unreadable(path, error))


def _read_csv(path: Path, on_error: OnError) -> Iterator[Found]:
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            rows = csv.reader(file)
            head = next(rows, [])
            names = [name.strip().lower() for name in head]
            at = next((names.index(name) for name in PATH_COLUMNS if name in names), None)
            label_at = next((names.index(name) for name in LABEL_COLUMNS if name in names), None)
            if at is None:  # without a heading, the first line names an image, too
                at = 0
                if head and head[0] and label_at is None:
                    yield _listed(path, head[0])
            for row in rows:
                if len(row) > at and row[at]:
                    label = row[label_at] if label_at is not None and len(row) > label_at else None
                    yield _listed(path, row[at], label or None)
    except (OSError, csv.Error) as error:
        on_error(path, _unreadable(path, error))


def _listed(list_: Path, text: str, label: str | None = None) -> Found:
    path = list_.parent / text
    return Found(path, PurePosixPath(Path(text).as_posix()).as_posix().lstrip("/"), label=label)


def _read_tar(path: Path, on_error: OnError) -> Iterator[Found]:
    """Yield the images of a tar file in its order; each waits for the next name."""
    waiting: Found | None = None
    label: str | None = None
    key = ""
    try:
        with tarfile.open(path, "r|*") as tar:  # a stream: nothing is listed, nothing is unpacked
            for member in tar:
                if not member.isreg():
                    continue
                name = PurePosixPath(member.name)
                stem = os.fspath(name.parent / name.name.partition(".")[0])
                if stem != key:
                    if waiting is not None:
                        yield _with_label(waiting, label)
                    waiting, label, key = None, None, stem
                suffix = name.suffix.lower()
                if suffix not in WALKED_SUFFIXES and suffix != _LABEL_SUFFIX:
                    continue
                inside = path / member.name.lstrip("/")
                if member.size > MAX_BYTES:
                    limit = MAX_BYTES // 2**20
                    on_error(
                        inside,
                        ImageError("{path}: has more than {limit:,} MiB", path=inside, limit=limit),
                    )
                    continue
                content = tar.extractfile(member)
                data = b"" if content is None else content.read()
                if suffix == _LABEL_SUFFIX:
                    label = data[:_LONGEST_LINE].decode("utf-8", "replace").strip()
                else:
                    if waiting is not None:  # two images of one key
                        yield _with_label(waiting, label)
                    waiting = Found(inside, name.as_posix().lstrip("/"), data)
        if waiting is not None:
            yield _with_label(waiting, label)
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        if waiting is not None:
            yield _with_label(waiting, label)
        on_error(path, _unreadable(path, error))


def _with_label(found: Found, label: str | None) -> Found:
    if not label:
        return found
    return Found(found.path, found.name, found.data, int(label) if label.isdecimal() else label)


def _read_parquet(path: Path, on_error: OnError) -> Iterator[Found]:
    yield from _read_table(path, on_error, _parquet_batches)


def _read_arrow(path: Path, on_error: OnError) -> Iterator[Found]:
    yield from _read_table(path, on_error, _arrow_batches)


def _read_dataset(path: Path, on_error: OnError) -> Iterator[Found]:
    """Yield the images of a dataset's folder; numbers of classes become their names."""
    try:
        if is_file(path / _DATASETS):
            splits = json.loads((path / _DATASETS).read_text(encoding="utf-8"))["splits"]
            for split in map(str, splits):
                for found in _read_dataset(path / split, on_error):
                    yield replace(found, name=f"{split}/{found.name}")
            return
        features = json.loads((path / _DATASET).read_text(encoding="utf-8")).get("features") or {}
        listed = [(features.get(column) or {}).get("names") for column in LABEL_COLUMNS]
        names = next((each for each in listed if isinstance(each, list)), [])
        files = sorted(each for each in path.iterdir() if each.suffix in (".arrow", ".parquet"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        on_error(path, _unreadable(path, error))
        return
    for file in files:
        for found in _READERS[file.suffix](file, on_error):
            label = found.label
            if isinstance(label, int) and 0 <= label < len(names):
                label = str(names[label])
            yield replace(found, label=label)


def _parquet_batches(path: Path) -> Iterator[Any]:
    """Yield batches of rows, with the columns that are needed."""
    parquet: Any = importlib.import_module("pyarrow.parquet")
    with parquet.ParquetFile(path) as file:
        columns = _columns(path, file.schema_arrow.names)
        for batch in file.iter_batches(batch_size=_ROWS, columns=columns):
            yield batch.select(columns)  # they come in the order of the file


def _arrow_batches(path: Path) -> Iterator[Any]:
    """Yield batches of rows of a stream, or of a file with an index."""
    arrow: Any = importlib.import_module("pyarrow")
    ipc: Any = importlib.import_module("pyarrow.ipc")
    with arrow.memory_map(str(path)) as file:
        try:
            reader = ipc.open_stream(file)
        except arrow.ArrowInvalid:
            file.seek(0)
            indexed = ipc.open_file(file)
            batches = (indexed.get_batch(place) for place in range(indexed.num_record_batches))
        else:
            indexed, batches = reader, iter(reader)
        columns = _columns(path, indexed.schema.names)
        for batch in batches:
            for start in range(0, batch.num_rows, _ROWS):
                yield batch.slice(start, _ROWS).select(columns)


def _columns(path: Path, names: list[str]) -> list[str]:
    """Return the columns that are needed, that of the images first."""
    column = next((name for name in ("image", "bytes") if name in names), None)
    if column is None:
        raise ImageError("{path}: has no column 'image' or 'bytes'", path=path)
    further = [name for name in (*PATH_COLUMNS, *LABEL_COLUMNS) if name in names and name != column]
    return [column, *further]


def _read_table(
    path: Path, on_error: OnError, batches_of: Callable[[Path], Iterator[Any]]
) -> Iterator[Found]:
    number = 0
    try:
        for batch in batches_of(path):
            for row in batch.to_pylist():
                found = _row_image(path, row, batch.schema.names[0], number)
                number += 1
                if isinstance(found, ImageError):
                    on_error(path, found)
                else:
                    yield found
    except ImportError:
        on_error(
            path,
            ImageError(
                "{path}: {kind} files need the package 'pyarrow': pip install 'whylight[scale]'",
                path=path,
                kind=path.suffix[1:].capitalize(),
            ),
        )
    except ImageError as error:
        on_error(path, error)
    except (OSError, ValueError, KeyError, NotImplementedError) as error:  # pyarrow's are of these
        on_error(path, _unreadable(path, error))


def _row_image(path: Path, row: Mapping[str, Any], column: str, number: int) -> Found | ImageError:
    value = row[column]
    given = next((row[name] for name in PATH_COLUMNS if isinstance(row.get(name), str)), None)
    data = value
    if isinstance(value, dict):
        data, inside = value.get("bytes"), value.get("path")
        given = given or (inside if isinstance(inside, str) else None)
    name = f"{number:08}" if not given else PurePosixPath(given).as_posix().lstrip("/")
    if not isinstance(data, bytes):
        return ImageError("{path}: row {row} holds no bytes of an image", path=path, row=number)
    label = next((row[name] for name in LABEL_COLUMNS if isinstance(row.get(name), (str, int))), None)
    return Found(path / name, f"{path.stem}/{name}", data, label)


def _unreadable(path: Path, error: Exception) -> ImageError:
    if isinstance(error, ImageError):
        return error
    return ImageError("{path}: cannot be read: {reason}", path=path, reason=error)


def _read_video(path: Path, on_error: OnError) -> Iterator[Found]:
    from whylight.collection.video import frame_files

    try:
        for name, data in frame_files(path):
            yield Found(path / name, f"{path.name}/{name}", data)
    except ImageError as error:
        on_error(path, error)


_READERS: Mapping[str, Callable[[Path, OnError], Iterator[Found]]] = {
    ".txt": _read_text,
    ".csv": _read_csv,
    ".tar": _read_tar,
    ".parquet": _read_parquet,
    ".arrow": _read_arrow,
    **dict.fromkeys(VIDEO_SUFFIXES, _read_video),
}
