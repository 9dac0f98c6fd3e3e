"""Table of results, one row an image: CSV, and Parquet with the extra `scale`.

    file                 path from the folder that was asked for, with forward slashes
    width, height        in pixels, upright
    bytes, sha256        of the file
    label                class that the image's folder is named after
    class_1, probability_1, ...   the most likely classes
    map_max, map_mean    largest and mean value of the first map, in the map's own units
    map_positive         share of its cells with positive evidence
    map_half             share of its cells with at least half of the largest value
    map_x, map_y         centre of the positive evidence, 0..1 from the left and from the top of what was seen
    deletion, insertion  areas under the curves of the first map, if faithfulness was asked for
    notes, error         remarks on the file, and why it could not be explained

A detector's table has the number of `boxes` found besides, and there is a second one, one row a box:

    file, rank           the image, and the box's rank by score, from 1
    class, score         what was found
    left, top, right, bottom   in pixels of the image
    place                index of the place among those at which the detector answers
    question             what was asked of the box; empty if it was not explained
    map_max, ...         of the box's map, as above

Text that a spreadsheet would take for a formula gets an apostrophe in the CSV, and none in Parquet.
"""

from __future__ import annotations

import csv
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from whylight.common.atomic_file import part_path
from whylight.errors import WhylightError

EXTRA = "scale"
"""The extra that brings Parquet."""

MAP_STATISTICS = ("map_max", "map_mean", "map_positive", "map_half", "map_x", "map_y")
FAITHFULNESS = ("deletion", "insertion")
ROWS_IN_GROUP = 10_000
"""Rows of a Parquet row group, which are held in memory."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ABSENT = ""


@dataclass(frozen=True, slots=True)
class Column:
    """Column of the table."""

    name: str
    kind: Literal["text", "integer", "number"]


BOX_COLUMNS = (
    Column("file", "text"),
    Column("rank", "integer"),
    Column("class", "text"),
    *(Column(name, "number") for name in ("score", "left", "top", "right", "bottom")),
    Column("place", "integer"),
    Column("question", "text"),
    *(Column(name, "number") for name in MAP_STATISTICS),
)
"""Columns of the table of boxes."""


def table_columns(
    top: int,
    *,
    faithfulness: bool = False,
    boxes: bool = False,
    segments: bool = False,
    region: bool = False,
) -> list[Column]:
    """Return the columns for `top` classes an image.

    With `boxes` those of a detector, with `segments` of a segmenter, with `region` of its region in question.
    """
    return [
        Column("file", "text"),
        *(Column(name, "integer") for name in ("width", "height", "bytes")),
        Column("sha256", "text"),
        Column("label", "text"),
        *((Column("boxes", "integer"),) if boxes else ()),
        *((Column("found", "text"),) if segments else ()),
        *((Column("region", "text"), Column("region_share", "number")) if region else ()),
        *((Column("question", "text"), Column("answer", "number")) if region else ()),
        *(
            column
            for rank in range(1, top + 1)
            for column in (Column(f"class_{rank}", "text"), Column(f"probability_{rank}", "number"))
        ),
        *(Column(name, "number") for name in MAP_STATISTICS),
        *(Column(name, "number") for name in (FAITHFULNESS if faithfulness else ())),
        Column("notes", "text"),
        Column("error", "text"),
    ]


def row_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return an image's row by the names of columns; what is absent is left out."""
    height, width = record.get("size", (None, None))
    row = {
        "file": record["file"],
        "width": width,
        "height": height,
        "bytes": record.get("bytes"),
        "sha256": record.get("sha256"),
        "label": record.get("label"),
        "boxes": len(record["boxes"]) if "boxes" in record else None,
        "found": _found_words(record),
        "notes": "; ".join(record.get("all_notes", ())),
        "error": record.get("error"),
        **record.get("map_statistics", {}),
        **record.get("faithfulness", {}),
    }
    if "region" in record:
        region = dict(record["region"])
        row["region_share"] = region.pop("share")
        row["region"] = " ".join(_region_words(value) for pair in region.items() for value in pair)
        if record["scores"]:
            row["question"] = record["scores"][0]["question"]
            row["answer"] = record["scores"][0]["probability"]
    for rank, found in enumerate(record.get("classes", ()), start=1):
        row[f"class_{rank}"], row[f"probability_{rank}"] = found["class"], found["probability"]
    return row


def _found_words(record: Mapping[str, Any]) -> str | None:
    """Return what a segmenter found as text, the largest first, or the text of a line."""
    if "text" in record:
        return str(record["text"])
    if "segments" not in record:
        return None
    return "; ".join(f"{each['class']} {100 * each['share']:.1f} %" for each in record["segments"])


def _region_words(value: object) -> str:
    return ", ".join(f"{each:g}" for each in value) if isinstance(value, list) else str(value)


def box_rows(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of an image's boxes, one for each question about a box.

    Boxes that were asked about and not found come last, without a rank.
    """
    asked: dict[int, list[Mapping[str, Any]]] = {}
    further: list[tuple[int | None, Mapping[str, Any], list[Mapping[str, Any]]]] = []
    for score in record.get("scores", ()):
        if score.get("box") is not None:
            asked.setdefault(score["box"], []).append(score)
        elif "asked" in score:
            further.append((None, score["asked"], [score]))
    found = [(index, box, asked.get(index, [{}])) for index, box in enumerate(record.get("boxes", ()))]
    for index, box, scores in (*found, *further):
        left, top, right, bottom = box["corners"]
        for score in scores:
            yield {
                "file": record["file"],
                "rank": None if index is None else index + 1,
                "class": box["class"],
                "score": box["score"],
                "left": left,
                "top": top,
                "right": right,
                "bottom": bottom,
                "place": box["place"],
                "question": score.get("question"),
                **score.get("map_statistics", {}),
            }


def map_statistics(map_: NDArray[np.float32]) -> dict[str, float]:
    """Return statistics of a map `[h, w]` by the names of their columns.

    A map without positive evidence has no centre.
    """
    values = np.nan_to_num(np.asarray(map_, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if values.size == 0:
        return {}
    positive = np.maximum(values, 0)
    largest, total = float(positive.max()), float(positive.sum())
    found = {
        "map_max": float(values.max()),
        "map_mean": float(values.mean()),
        "map_positive": float((positive > 0).mean()),
        "map_half": float((positive >= largest / 2).mean()) if largest > 0 else 0.0,
    }
    if total > 0:
        rows, columns = values.shape
        found["map_x"] = float(positive.sum(axis=0) @ (np.arange(columns) + 0.5) / (total * columns))
        found["map_y"] = float(positive.sum(axis=1) @ (np.arange(rows) + 0.5) / (total * rows))
    return found


def plain_cell(text: str) -> str:
    """Return text that no spreadsheet runs as a formula (OWASP, "CSV Injection")."""
    return f"'{text}" if text.startswith(_FORMULA) else text


Rows = Callable[[Mapping[str, Any]], Iterable[Mapping[str, Any]]]
"""Returns the rows of an image's record by the names of columns."""


def image_rows(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the one row of an image."""
    yield row_of(record)


def write_csv(
    path: Path,
    columns: Sequence[Column],
    records: Iterable[Mapping[str, Any]],
    rows_of: Rows = image_rows,
) -> None:
    """Write the table as CSV, UTF-8 with a mark for Excel; atomically.

    Raises:
        OSError: the disk refuses; an earlier file stays.
    """
    part = part_path(path)
    try:
        with part.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace") as file:
            rows = csv.writer(file)
            rows.writerow([column.name for column in columns])
            for row in (row for record in records for row in rows_of(record)):
                rows.writerow([_cell(row.get(column.name)) for column in columns])
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def is_table(path: Path, columns: Sequence[Column]) -> bool:
    """Return whether a file is a table of these columns that `write_csv` wrote."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next(csv.reader(file), None) == [column.name for column in columns]
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def _cell(value: object) -> str:
    if value is None:
        return _ABSENT
    if isinstance(value, float):
        return f"{value:.6f}" if abs(value) < 1000 else f"{value:.6g}"
    return plain_cell(str(value)) if isinstance(value, str) else str(value)


def require_parquet() -> None:
    """Raise `WhylightError` if the package that writes Parquet is not installed."""
    try:
        importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise WhylightError(
            "Parquet needs the package 'pyarrow', which is not installed; install it with: "
            "pip install 'whylight[{extra}]'",
            extra=EXTRA,
        ) from None


def write_parquet(
    path: Path,
    columns: Sequence[Column],
    records: Iterable[Mapping[str, Any]],
    rows_of: Rows = image_rows,
) -> None:
    """Write the table as Parquet, beside its place and renamed, a row group at a time.

    Raises:
        WhylightError: pyarrow is not installed.
        OSError: the disk refuses; an earlier file stays.
    """
    require_parquet()
    arrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    schema = arrow_schema(columns)
    part = part_path(path)
    try:
        with parquet.ParquetWriter(part, schema, compression="zstd") as writer:
            for rows in _groups((row for record in records for row in rows_of(record)), ROWS_IN_GROUP):
                data = {column.name: [_arrow(row.get(column.name)) for row in rows] for column in columns}
                writer.write_table(arrow.table(data, schema=schema))
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def arrow_schema(columns: Sequence[Column]) -> Any:
    """Return the pyarrow schema of the table."""
    arrow: Any = importlib.import_module("pyarrow")
    types = {"text": arrow.string(), "integer": arrow.int64(), "number": arrow.float64()}
    return arrow.schema([(column.name, types[column.kind]) for column in columns])


def _arrow(value: object) -> object:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _groups(records: Iterable[Mapping[str, Any]], size: int) -> Iterator[list[Mapping[str, Any]]]:
    group: list[Mapping[str, Any]] = []
    for record in records:
        group.append(record)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
