"""The table: what a spreadsheet does with it, and what programs read from it."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from whylight.collection import table
from whylight.collection.table import map_statistics, table_columns, write_csv, write_parquet
from whylight.errors import WhylightError

RECORDS: list[dict[str, Any]] = [
    {
        "file": "=cmd|' /C calc'!A0.png",
        "size": [20, 30],
        "bytes": 5,
        "sha256": "ab",
        "label": "-1",
        "classes": [{"class": "@hen", "index": 1, "probability": 0.75}],
        "map_statistics": {"map_max": 12345.678, "map_mean": -0.5},
        "all_notes": ["one", "two"],
    },
    {"file": 'new\nline, "quoted".png', "error": "is not an image"},
]


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", table_columns(1), RECORDS)
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert first["file"] == "'=cmd|' /C calc'!A0.png"
    assert (first["label"], first["class_1"]) == ("'-1", "'@hen")
    assert (first["width"], first["height"]) == ("30", "20")
    assert (first["map_max"], first["map_mean"], first["map_x"]) == ("12345.7", "-0.500000", "")
    assert first["notes"] == "one; two"
    assert second["file"] == 'new\nline, "quoted".png'
    assert (second["error"], second["class_1"], second["probability_1"]) == ("is not an image", "", "")


def test_parquet_holds_the_same_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(table, "ROWS_IN_GROUP", 1)
    write_parquet(tmp_path / "t.parquet", table_columns(1), iter(RECORDS))
    rows = parquet.read_table(tmp_path / "t.parquet").to_pylist()
    assert [row["file"] for row in rows] == [record["file"] for record in RECORDS]
    assert (rows[0]["probability_1"], rows[0]["bytes"], rows[1]["bytes"]) == (0.75, 5, None)
    assert parquet.ParquetFile(tmp_path / "t.parquet").num_row_groups == 2
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_without_pyarrow_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(WhylightError, match=r"pip install 'whylight\[scale\]'"):
        write_parquet(tmp_path / "t.parquet", table_columns(1), RECORDS)
    assert list(tmp_path.iterdir()) == []


def test_a_map_in_figures() -> None:
    map_ = np.array([[4, 2, 0, -2], [0, 0, 0, np.nan]], np.float32)
    assert map_statistics(map_) == pytest.approx(
        {
            "map_max": 4,
            "map_mean": 0.5,
            "map_positive": 2 / 8,
            "map_half": 2 / 8,
            # 4 at 1/8 and 2 at 3/8 of the width, in the upper row.
            "map_x": (4 * 0.125 + 2 * 0.375) / 6,
            "map_y": 0.25,
        }
    )
    assert map_statistics(-np.ones((2, 2), np.float32)) == {
        "map_max": -1, "map_mean": -1, "map_positive": 0, "map_half": 0
    }  # fmt: skip
    assert map_statistics(np.zeros((0, 0), np.float32)) == {}
