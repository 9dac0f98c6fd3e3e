"""Explain folders of damaged images on the command line, to the reports' end.

    python -m benchmarks.fuzz_reports [--cases 2000] [--format PNG ...] [--seed 0] [--keep FOLDER]

A folder is filled with the files of `benchmarks.fuzz_images` for each format, and `whylight explain` run on
it, with panels, pages, table and child processes as anyone runs it. A fault is another end than those of
images explained or refused, a file without a row in the table, a row with neither a class nor a reason, a
panel that is missing, or a file that is left over.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from benchmarks import fuzz_images, fuzz_models
from benchmarks.timing import machine
from whylight.adoption import adopt

_SUFFIXES = {"HEIC": "heic", "JPEG XL": "jxl"}
_ALL_DONE, _SOME_REFUSED = 0, 1


def main() -> int:
    """Run the reports, print what was found, and return 1 for a fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_reports", description=__doc__)
    parser.add_argument("--cases", type=int, default=2000, help="for each format")
    parser.add_argument("--format", choices=fuzz_images.FORMATS, nargs="+", default=fuzz_images.FORMATS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write folders and reports there")
    arguments = parser.parse_args()
    print(f"{machine()}, {date.today()}")
    bad = False
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) if arguments.keep is None else arguments.keep
        place.mkdir(parents=True, exist_ok=True)
        theirs, model = place / "theirs.onnx", place / "small.onnx"
        theirs.write_bytes(fuzz_models.network().SerializeToString())
        adopt(theirs, model, preprocessing="unit")
        for kind in arguments.format:
            images = place / kind.lower().replace(" ", "-")
            names = [*fill(images, kind, arguments.cases, arguments.seed)]
            began = time.monotonic()
            faults, explained = explain(images, names, model, place / f"{images.name}-report")
            print(
                f"{kind}: {len(names):,} files, {explained:,} explained, {len(names) - explained:,} refused, "
                f"{time.monotonic() - began:.0f} s; {len(faults)} faults",
                *faults[:20],
                sep="\n  ",
                flush=True,
            )
            bad = bad or bool(faults)
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"memory at most {peak_mb:.0f} MB, of the command or one of its children")
    return 1 if bad else 0


def fill(folder: Path, kind: str, count: int, seed: int) -> Iterator[str]:
    """Fill a folder with damaged files of a format; yield their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        name = f"{number:06}.{_SUFFIXES.get(kind, kind.lower())}"
        (folder / name).write_bytes(fuzz_images.damaged(kind, number, seed))
        yield name


def explain(images: Path, names: list[str], model: Path, out: Path) -> tuple[list[str], int]:
    """Run `whylight explain`; return faults, and the number of explained files."""
    command = [sys.executable, "-m", "whylight", "explain", str(images), "--model", str(model)]
    run = subprocess.run(
        [*command, "--out", str(out), "--top", "1"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "WHYLIGHT_ISOLATION": "on", "WHYLIGHT_CACHE": str(out.parent / "cache")},
    )
    faults = []
    if run.returncode not in (_ALL_DONE, _SOME_REFUSED) or "Traceback" in run.stderr:
        faults.append(f"exit status {run.returncode}: {run.stderr[-500:]}")
    try:
        with (out / "predictions.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = {row["file"]: row for row in csv.DictReader(file)}
    except OSError as error:
        return [*faults, f"no table: {error}"], 0
    explained = 0
    for name in names:
        row = rows.pop(name, None)
        if row is None:
            faults.append(f"{name}: not in the table")
        elif not row["error"]:
            explained += 1
            if not row["class_1"]:
                faults.append(f"{name}: neither a class nor a reason")
            if not (out / "panels" / f"{name}.overlay.png").is_file():
                faults.append(f"{name}: no overlay")
        elif row["class_1"]:
            faults.append(f"{name}: a class and a reason: {row['error']}")
        elif name not in row["error"]:
            faults.append(f"{name}: its reason does not name it: {row['error']}")
    faults += [f"a row for no file: {name}" for name in rows]
    faults += [f"left over: {path}" for path in out.rglob("*.part")]
    if not (out / "index.html").is_file():
        faults.append("no page")
    return faults, explained


if __name__ == "__main__":
    sys.exit(main())
