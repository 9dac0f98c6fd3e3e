"""Download, verify and unpack the archives of published data sets."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from whylight.common.atomic_file import part_path
from whylight.errors import TrainingError

from ..progress.event import OnProgress, ProgressEvent
from .download import MEGABYTE, check_md5, fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A published archive, and the folder that it unpacks to."""

    record: str
    """URL of the record's web page."""
    url: str
    """URL of the archive; its last component is the file name."""
    md5: str
    """MD5 of the archive, as stated in its record."""
    folder: str
    """Name of the folder of class folders within it."""
    inner: str | None = None
    """Name of the tar file within the archive, if the archive is a ZIP file."""

    @property
    def file_name(self) -> str:
        """The archive's file name."""
        return self.url.rsplit("/", 1)[1]


def ensure_downloaded(archive: Archive, data: Path, on_progress: OnProgress) -> Path:
    """Return the unpacked folder of `archive`, in `data` or `data` itself.

    `data` is used itself if it has the folder's name. A missing folder is unpacked from the archive, which is
    downloaded if it is missing too. Raises `TrainingError` naming the file needed and where to put it.
    """
    root = data if data.name == archive.folder else data / archive.folder
    if root.is_dir():
        return root
    file = root.parent / archive.file_name
    if file.exists():
        check_md5(file, archive.md5, on_progress)
    else:
        try:
            fetch(archive.url, file, md5=archive.md5, on_progress=on_progress)
        except TrainingError as error:
            raise TrainingError(
                "there is no {root}: {reason}. The record is {record}",
                root=root,
                reason=error,
                record=archive.record,
            ) from error
    _unpack(file, archive, root, on_progress)
    return root


def _unpack(file: Path, archive: Archive, root: Path, on_progress: OnProgress) -> None:
    """Unpack next to `root` and rename, so that an interruption leaves no partial set."""
    beside = part_path(root)
    try:
        try:
            _extract(file, archive.inner, beside, on_progress)
            (beside / archive.folder).rename(root)
        except (tarfile.TarError, zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
            raise TrainingError(
                "cannot unpack {file} to {root}: {reason}. Is the disk full? Otherwise fetch the file "
                "again from {record}",
                file=file,
                root=root,
                reason=error,
                record=archive.record,
            ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _extract(file: Path, inner: str | None, into: Path, on_progress: OnProgress) -> None:
    """Extract the tar file `file`, or the tar file `inner` within the ZIP file `file`."""
    total = file.stat().st_size // MEGABYTE
    with ExitStack() as stack:
        raw = stack.enter_context(file.open("rb"))
        stream: IO[bytes] = raw
        if inner is not None:
            stream = stack.enter_context(stack.enter_context(zipfile.ZipFile(raw)).open(inner))
        tar = stack.enter_context(tarfile.open(fileobj=stream, mode="r|*"))

        def admit(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
            done = min(raw.tell() // MEGABYTE, total)
            on_progress(ProgressEvent(f"Unpacking {file.name}", done, total, "MB"))
            return tarfile.data_filter(member, path)

        tar.extractall(into, filter=admit)
