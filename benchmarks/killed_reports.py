"""Kill reports at random moments, resume them, and compare with an undisturbed one

    python -m benchmarks.killed_reports [--kills 30] [--images 400] [--model NAME.onnx] [--seed 0]

One report is written undisturbed. Another one of the same images is killed by SIGKILL at random moments and
resumed each time, until it has been killed often enough or is finished, in which case another is begun. Every
finished report must equal the undisturbed one: table, pages and panels, byte for byte, but for date and time.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.report_memory import link_samples
from benchmarks.timing import machine


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of the trial."""

    kills: int
    resumed: int
    """Kills that left finished shards, with which the next run went on."""
    reports: int
    """Reports that were finished in spite of them."""
    differing: tuple[str, ...]
    """Files that differ from those of the undisturbed report."""
    parts: tuple[str, ...]
    """Temporary files left after a finished report."""


def main() -> int:
    """Run the trial, print its result, and return 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.killed_reports", description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--images", type=int, default=400)
    parser.add_argument("--model", metavar="MODEL", default="caltech")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(f"{machine()}, {date.today()}")
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "images"
        link_samples(images, arguments.images)
        outcome = trial(
            images, Path(folder), arguments.model, kills=arguments.kills, seed=arguments.seed, log=print
        )
    print(
        f"{outcome.kills} kills over {outcome.reports} reports, {outcome.resumed} with results to go on: "
        f"{len(outcome.differing)} files differ, {len(outcome.parts)} temporary files left"
    )
    for name in (*outcome.differing, *outcome.parts):
        print(name)
    return 1 if outcome.differing or outcome.parts else 0


def trial(
    images: Path,
    folder: Path,
    model: str,
    *,
    kills: int,
    seed: int,
    shard_images: int | None = None,
    log: Callable[[str], object] = lambda _: None,
) -> Outcome:
    """Kill reports of `images` at random moments and compare them with a whole one.

    A moment is a number of images that the run is to have drawn, and up to half a second more, so that the
    writing of the tables and pages is hit, too.

    Args:
        images: folder of images.
        folder: folder for the reports.
        model: as for `whylight explain --model`.
        kills: number of kills.
        seed: seed of the moments.
        shard_images: images in a shard; None for as many as ever.
        log: called with a line of text for each kill.
    """
    moments = random.Random(seed)
    run = _Run(images, model, shard_images)
    run.to_its_end(folder / "whole")
    expected = contents(folder / "whole")
    count = sum(path.name.endswith(".overlay.png") for path in (folder / "whole").rglob("*"))
    done = resumed = reports = 0
    differing: list[str] = []
    parts: list[str] = []
    while done < kills:
        out = folder / f"killed-{reports}"
        while done < kills:
            further = moments.randrange(max(count // 3, 1))
            if run.killed(out, further, moments.uniform(0, 0.5)):
                break
            done += 1
            shards = len(list((out / ".whylight-work").glob("*.jsonl")))
            resumed += shards > 0
            log(f"kill {done}, {further} images further: {shards} shards")
        else:
            run.to_its_end(out)
        found = contents(out)
        reports += 1
        differing += [
            f"{out.name}/{name}"
            for name in sorted({*expected, *found})
            if expected.get(name) != found.get(name)
        ]
        parts += [str(path.relative_to(folder)) for path in out.rglob("*.part")]
    return Outcome(done, resumed, reports, tuple(differing), tuple(parts))


def contents(out: Path) -> dict[str, bytes]:
    """Return the files of a report, without its work and the pages' date and time."""
    found = {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and ".whylight-work" not in path.parts
    }
    for name, data in found.items():
        if name.endswith(".html"):
            before, _, rest = data.partition(b'<p class="summary">')
            found[name] = before + rest.partition(b"</p>")[2]
    return found


class _Run:
    """`whylight explain` in a process of its own."""

    def __init__(self, images: Path, model: str, shard_images: int | None) -> None:
        self._arguments = [str(images), "--top", "2", "--model", model]
        limit = "" if shard_images is None else f"shards.MOST_IN_SHARD = {shard_images}; "
        self._program = (
            f"import sys; from whylight.cli import main; from whylight.collection import shards; {limit}"
            "sys.exit(main(['explain', *sys.argv[1:]]))"
        )

    def to_its_end(self, out: Path) -> None:
        """Write the report."""
        process = self._started(out)
        _, errors = process.communicate()
        _require_success(process, errors)

    def killed(self, out: Path, further: int, wait_s: float) -> bool:
        """Kill the report after some further images; return whether it ended before."""
        goal = _overlays(out) + further
        process = self._started(out)
        while process.poll() is None and _overlays(out) < goal:
            time.sleep(0.02)
        try:
            _, errors = process.communicate(timeout=wait_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return False
        _require_success(process, errors)
        return True

    def _started(self, out: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", self._program, *self._arguments, "--out", str(out)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


def _overlays(out: Path) -> int:
    return sum(path.name.endswith(".overlay.png") for path in out.rglob("*"))


def _require_success(process: subprocess.Popen[str], errors: str) -> None:
    if process.returncode != 0:
        raise SystemExit(f"whylight explain failed: {errors}")


if __name__ == "__main__":
    sys.exit(main())
