"""Write the maps of a report as arrays: `maps/NAME.RANK.npy` and a manifest.

A map is float32 `[h, w]` as the method made it, not normalised and without a ReLU: positive values speak for
the score. The file names in the manifest are relative to it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from whylight.common.atomic_file import part_path
from whylight.images.files import REPORT_PANELS

FOLDER, MANIFEST, FORMAT = "maps", "manifest.json", 1


def map_files(panels: str, maps: NDArray[np.float32]) -> dict[str, bytes]:
    """Return the `.npy` files of an image's maps `[M, h, w]`, by path in the report.

    Args:
        panels: path of the image's panels in the report's folder (`panels/birds/rooster.png`).
        maps: the maps.
    """
    stem = FOLDER + panels.removeprefix(REPORT_PANELS)
    return {f"{stem}.{rank}.npy": npy(map_) for rank, map_ in enumerate(maps, start=1)}


def npy(values: NDArray[np.float32]) -> bytes:
    """Return an array in NumPy's file format."""
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(values), allow_pickle=False)
    return file.getvalue()


class MapsManifest:
    """Writes `maps/manifest.json` entry by entry and moves it into place at the end.

    Args:
        out: the report's folder.
        head: what all maps have in common.
    """

    def __init__(self, out: Path, head: Mapping[str, Any]) -> None:
        self.path = out / FOLDER / MANIFEST
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._part = part_path(self.path)
        self._file: IO[str] = self._part.open("w", encoding="utf-8")
        text = json.dumps({"format": FORMAT, **head}, indent=1)
        self._file.write(text.removesuffix("\n}") + ',\n "maps": [')
        self._count = 0

    def __enter__(self) -> MapsManifest:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._file.close()
        finally:
            self._part.unlink(missing_ok=True)

    def add(self, record: Mapping[str, Any], map_size: Sequence[int]) -> None:
        """Add the maps of one image.

        Args:
            record: the image's (`whylight.report.records.image_record`), with the map of each score.
            map_size: height and width of the maps.
        """
        for score in record["scores"]:
            entry = {
                "file": score["map"].removeprefix(f"{FOLDER}/"),
                "image": record["image"],
                "image_size": record["size"],
                "map_size": list(map_size),
                **{key: value for key, value in score.items() if key != "map"},
            }
            self._file.write((",\n  " if self._count else "\n  ") + json.dumps(entry))
            self._count += 1

    def finish(self) -> None:
        """Move the manifest into place."""
        self._file.write("\n ]\n}\n")
        self._file.close()
        self._part.replace(self.path)
