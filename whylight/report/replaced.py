"""Remove the panels and maps of an earlier report that a new one does not have.

Files are ours if records of the earlier report name them; nothing else in the folder is touched. Before
records are thrown away, the files that they name are noted in the folder of the results, and once the new
report is whole those that it does not have are removed.
"""

from __future__ import annotations

import json
import os
import stat
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from whylight.collection.shards import Shards, digest
from whylight.images.files import REPORT_PANELS
from whylight.report.maps import FOLDER, MANIFEST, MAP_FORMATS
from whylight.report.render import KINDS, ROWS, panel_file, panel_kinds

_NOTED = "files-of-earlier-reports.txt"
"""Paths in the report's folder, each a JSON string on a line."""
ANIMATION = ".overlay.webp"
"""Ending of a video's animation, which lies beside the pages."""
_MAPS_MANIFEST = f"{FOLDER}/{MANIFEST}"
_ENDINGS = (*(f".{kind}.png" for kind in (*KINDS, ROWS)), *(f".{kind}" for kind in MAP_FORMATS))


def files_of(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths in the report's folder of an image's panels and maps."""
    for score in record.get("scores", ()):
        if "map" in score:
            yield score["map"]
    if record.get("panels") is not None:
        for kind in panel_kinds(record):
            yield panel_file(record["panels"], kind)


class ReplacedFiles:
    """The files of earlier reports in a folder.

    Args:
        out: the report's folder.
        work: the folder of its results.
    """

    def __init__(self, out: Path, work: Path) -> None:
        self._out, self._noted = out, work / _NOTED

    def note_shards(self, folder: Path) -> None:
        """Note the files of all records below a folder, before it is removed.

        Raises:
            OSError: the disk refuses.
        """
        for each in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
            self.note(file for _, record in Shards(each).records() for file in _named(record))

    def note_unused(self, shards: Shards, used: Iterable[int]) -> None:
        """Note the files of records at other positions than those used.

        Raises:
            OSError: the disk refuses.
        """
        positions = np.unique(np.fromiter(used, np.uint64))
        self.note(
            file
            for position, record in shards.records()
            if not _holds(positions, position)
            for file in _named(record)
        )

    def note(self, files: Iterable[str]) -> None:
        """Note paths in the report's folder.

        Raises:
            OSError: the disk refuses.
        """
        with self._noted.open("a", encoding="ascii") as noted:
            for file in files:
                noted.write(f"{json.dumps(file)}\n")

    def remove(self, records: Iterable[Mapping[str, Any]], *, has_maps: bool) -> None:
        """Remove the files noted that none of the records names, and folders left empty.

        Args:
            records: those of the report that is now whole.
            has_maps: whether it has maps, and so a list of them.

        Raises:
            OSError: the disk refuses.
        """
        if not self._noted.is_file():
            return
        present = array("Q", [digest(file) for record in records for file in files_of(record)])
        if has_maps:
            present.append(digest(_MAPS_MANIFEST))
        kept = np.sort(np.asarray(present, np.uint64))
        with self._noted.open(encoding="ascii") as noted:
            for line in noted:
                with suppress(ValueError):  # a killed run's last line
                    file = json.loads(line)
                    if isinstance(file, str) and _may_be_ours(file) and not _holds(kept, digest(file)):
                        self._remove(file)
        self._noted.unlink()

    def _remove(self, file: str) -> None:
        path = self._out / file
        try:
            if path.parent.resolve() != (self._out.resolve() / file).parent:  # a link leads elsewhere
                return
            if not stat.S_ISREG(path.lstat().st_mode):
                return
            path.unlink()
        except FileNotFoundError:
            return
        with suppress(OSError):  # folders that hold anything else stay
            for parent in path.parents:
                if parent == self._out:
                    break
                parent.rmdir()


def _named(record: Mapping[str, Any]) -> list[str]:
    """Return the files that a record names, and the list of maps if it has maps."""
    try:
        files = [file for file in files_of(record) if _may_be_ours(file)]
    except (TypeError, AttributeError, KeyError):  # somebody altered the shard
        return []
    return [*files, _MAPS_MANIFEST] if any(file.startswith(f"{FOLDER}/") for file in files) else files


def _may_be_ours(file: str) -> bool:
    """Return whether a path is one that a report gives its files."""
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or "\0" in file or "\\" in file or os.fspath(path) != file:
        return False
    if len(path.parts) == 1:
        return file.endswith(ANIMATION)
    inside = path.parts[0] in {REPORT_PANELS, FOLDER}
    return file == _MAPS_MANIFEST or (inside and file.endswith(_ENDINGS))


def _holds(keys: np.ndarray[Any, np.dtype[np.uint64]], key: int) -> bool:
    at = int(np.searchsorted(keys, np.uint64(key)))
    return at < len(keys) and int(keys[at]) == key
