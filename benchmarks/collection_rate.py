"""Images a second of a report, beside those of the forward pass alone.

    python -m benchmarks.collection_rate FOLDER [--images 500] [--model caltech] [--rounds 3] [--one-core]

Forward alone: images are decoded and classified by the same pool of threads, and nothing else is done. Then
reports without pictures, with small ones in the pages, and with panels as files. The best of the rounds is
taken, which take turns, so that other work on the machine meets all alike.

With `--one-core` all is held to one core, and its processor time is taken in place of the clock: on a machine
that has other work, two threads wait for each other.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from itertools import islice
from pathlib import Path

from benchmarks.timing import machine
from whylight.explainer import Explainer
from whylight.images.files import find_images
from whylight.parallel.explain_many import ParallelExplainer
from whylight.report import PANELS, write_report


def main() -> None:
    """Measure and print the rates."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.collection_rate", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--model", default="caltech")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one-core", action="store_true", help="one core, and processor time")
    arguments = parser.parse_args()
    clock = time.perf_counter
    if arguments.one_core:
        if not hasattr(os, "sched_setaffinity"):
            parser.error("--one-core needs a system that can hold a process to a core")
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        clock = time.process_time
    print(f"{machine()}, {date.today()}")
    paths = list(islice(find_images([arguments.folder], on_error=lambda *_: None), arguments.images))
    explainer = Explainer(arguments.model, ["CPUExecutionProvider"], threads=1)
    runs: dict[str, Callable[[], None]] = {"forward alone": lambda: forward(explainer, paths)}
    for panels in reversed(PANELS):
        runs[f"report, panels {panels}"] = lambda panels=panels: report(explainer, paths, panels)
    best = dict.fromkeys(runs, 0.0)
    for _ in range(arguments.rounds):
        for name, run in runs.items():
            began = clock()
            run()
            best[name] = max(best[name], len(paths) / (clock() - began))
    for name, rate in best.items():
        share = rate / best["forward alone"]
        print(f"{name:24} {rate:7.1f} images/s  {share:.2f} of the forward pass")


def forward(explainer: Explainer, paths: list[Path]) -> None:
    """Decode and classify the images."""
    workers = ParallelExplainer(explainer, len(paths))
    with closing(workers.ordered_map(explainer.predict, paths)) as outcomes:
        for _, outcome in outcomes:
            outcome.result()


def report(explainer: Explainer, paths: list[Path], panels: str) -> None:
    """Write a report of one class an image to a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        write_report(explainer, paths, Path(folder) / "report", top=1, panels=panels)


if __name__ == "__main__":
    main()
