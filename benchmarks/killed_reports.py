"""Kill reports at random moments, resume them, and compare with a report that was not.

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
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.report_memory import link_samples
from benchmarks.timing import machine


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of the trial."""

    kills: int
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
        f"{outcome.kills} kills over {outcome.reports} reports: {len(outcome.differing)} files differ, "
        f"{len(outcome.parts)} temporary files left"
    )
    for name in (*outcome.differing, *outcome.parts):
        print(name)
    return 1 if outcome.differing or outcome.parts else 0


def trial(images: Path, folder: Path, model: str, *, kills: int, seed: int, log: object = None) -> Outcome:
    """Kill reports of `images` at random moments and compare them with an undisturbed one.

    Args:
        images: folder of images.
        folder: folder for the reports.
        model: as for `whylight explain --model`.
        kills: number of kills.
        seed: seed of the moments.
        log: called with a line of text for each kill; None for silence.
    """
    moments = random.Random(seed)
    say = log if callable(log) else (lambda _: None)
    began = time.monotonic()
    _run(images, folder / "whole", model, None)
    whole_s = time.monotonic() - began
    expected = contents(folder / "whole")
    done, reports = 0, 0
    differing: list[str] = []
    parts: list[str] = []
    while done < kills:
        out = folder / f"killed-{reports}"
        ended = False
        while not ended:
            # Between nothing and a whole run; the last ones may finish before.
            after_s = moments.uniform(0.05, 0.5) * whole_s if done < kills else None
            ended = _run(images, out, model, after_s)
            if not ended:
                done += 1
                shards = len(list((out / ".whylight-work").glob("*.jsonl")))
                say(f"kill {done} after {after_s:.2f} s: {shards} shards")
        found = contents(out)
        reports += 1
        differing += [
            f"{out.name}/{name}"
            for name in sorted({*expected, *found})
            if expected.get(name) != found.get(name)
        ]
        parts += [str(path.relative_to(folder)) for path in out.rglob("*.part")]
    return Outcome(done, reports, tuple(differing), tuple(parts))


def contents(out: Path) -> dict[str, bytes]:
    """Return the files of a report but its work, the pages' line of date and time aside."""
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


def _run(images: Path, out: Path, model: str, kill_after_s: float | None) -> bool:
    """Write a report; return whether it ended before it was killed."""
    command = [sys.executable, "-m", "whylight", "explain", str(images), "--out", str(out), "--top", "2"]
    process = subprocess.Popen(
        [*command, "--model", model], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        _, errors = process.communicate(timeout=kill_after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    if process.returncode != 0:
        raise SystemExit(f"whylight explain failed: {errors}")
    return True


if __name__ == "__main__":
    sys.exit(main())
