"""Maps of a report as arrays, `NAME.RANK.npy` or `NAME.npz`, and a manifest.

A map is float32 `[h, w]` as the method made it, not normalised and without a ReLU: positive values speak for
the score. The file names in the manifest are relative to it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight.common.atomic_file import part_path
from whylight.images.files import REPORT_PANELS

FOLDER, MANIFEST, FORMAT = "maps", "manifest.json", 1

NPY, NPZ = "npy", "npz"
MAP_FORMATS = (NPY, NPZ)
"""A file for each map, or one compressed file an image with the maps of its scores as `1`, `2`, ..."""


def map_files(panels: str, maps: NDArray[np.float32], kind: str = NPY) -> dict[str, bytes]:
    """Return the files of an image's maps `[M, h, w]`, by path in the report.

    Args:
        panels: path of the image's panels in the report's folder (`panels/birds/rooster.png`).
        maps: the maps.
        kind: one of `MAP_FORMATS`.
    """
    if kind == NPZ:
        file = io.BytesIO()
        arrays: dict[str, Any] = {str(rank): map_ for rank, map_ in enumerate(maps, start=1)}
        np.savez_compressed(file, **arrays)
        return {map_path(panels, 1, NPZ): file.getvalue()}
    return {map_path(panels, rank): npy(map_) for rank, map_ in enumerate(maps, start=1)}


def map_path(panels: str, rank: int, kind: str = NPY) -> str:
    """Return the path in the report of the file of an image's map, by its rank from 1."""
    stem = FOLDER + panels.removeprefix(REPORT_PANELS)
    return f"{stem}.npz" if kind == NPZ else f"{stem}.{rank}.npy"


def npy(values: NDArray[np.float32]) -> bytes:
    """Return an array in NumPy's file format."""
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(values), allow_pickle=False)
    return file.getvalue()


def write_manifest(out: Path, head: Mapping[str, Any], records: Iterable[Mapping[str, Any]]) -> None:
    """Write `maps/manifest.json`, entry by entry, beside its place and renamed.

    Args:
        out: the report's folder.
        head: what all maps have in common.
        records: the images (`whylight.report.records.image_record`), with the map of each score.

    Raises:
        OSError: the disk refuses.
    """
    path = out / FOLDER / MANIFEST
    path.parent.mkdir(parents=True, exist_ok=True)
    part = part_path(path)
    try:
        with part.open("w", encoding="utf-8") as file:
            text = json.dumps({"format": FORMAT, **head}, indent=1)
            file.write(text.removesuffix("\n}") + ',\n "maps": [')
            comma = ""
            for record in records:
                for entry in _entries(record):
                    file.write(f"{comma}\n  {json.dumps(entry)}")
                    comma = ","
            file.write("\n ]\n}\n")
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _entries(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for rank, score in enumerate(record["scores"], start=1):
        packed = {"array": str(rank)} if score["map"].endswith(f".{NPZ}") else {}
        yield {
            "file": score["map"].removeprefix(f"{FOLDER}/"),
            **packed,
            "image": record["image"],
            "image_size": record["size"],
            "map_size": record["map_size"],
            **{key: value for key, value in score.items() if key != "map"},
        }
