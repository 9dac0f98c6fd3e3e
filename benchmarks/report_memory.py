"""Memory of writing a report, as a function of the number of images.

    python -m benchmarks.report_memory [--images 100000] [--pair NAME.onnx] [--panels page] [--small]

Fills a folder with links to the sample images, writes its report and prints resident memory on the way. With
`--small` the images are of 32 x 32 pixels, each a file of its own, so that a small model is done with many.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.timing import machine
from whylight.bundled import sample_images
from whylight.explainer import Explainer
from whylight.images.encode import write_image
from whylight.report import PANELS, Progress, threads_per_run, write_report

SIDE = 32
A_FOLDER = 1000
"""Small images in a folder."""


def main() -> None:
    """Write the report and print resident memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report_memory", description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--pair", type=Path, metavar="FILE", help="default: the bundled one")
    parser.add_argument("--panels", choices=PANELS, default="full")
    parser.add_argument("--small", action="store_true", help="images of 32 x 32 pixels")
    arguments = parser.parse_args()
    marks = {arguments.images * tenth // 10 for tenth in range(1, 11)} | {1000, 2000, 5000}

    def print_progress(progress: Progress) -> None:
        if progress.done in marks:
            print(f"{progress.done:,} images: {resident_mb():.0f} MB resident", flush=True)

    print(f"{machine()}, {date.today()}")
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "pictures"
        (paint if arguments.small else link_samples)(images, arguments.images)
        report = write_report(
            Explainer(arguments.pair, threads=threads_per_run([images])),
            [images],
            Path(folder) / "report",
            panels=arguments.panels,
            on_progress=print_progress,
        )
        print(f"tables and pages written: {resident_mb():.0f} MB resident, {peak_mb():.0f} MB at most")
        pages = [path.stat().st_size for path in (Path(folder) / "report").glob("*.html")]
        print(f"{len(pages):,} pages of at most {max(pages) / 1e6:.2f} MB")
    rate = report.explained / report.elapsed_s
    print(f"{report.explained:,} explained in {report.elapsed_s:.0f} s: {rate:.0f} a second")


def paint(folder: Path, count: int) -> None:
    """Fill `folder` with `count` small images, a thousand in each of its folders."""
    random = np.random.default_rng(0)
    for number in range(count):
        inside = folder / f"{number // A_FOLDER:04}"
        if number % A_FOLDER == 0:
            inside.mkdir(parents=True)
        write_image(inside / f"{number:07}.png", random.integers(0, 256, (SIDE, SIDE, 3), np.uint8))


def link_samples(folder: Path, count: int) -> None:
    """Fill `folder` with `count` sample images, as links if possible."""
    folder.mkdir()
    samples = sample_images()
    for number in range(count):
        source = Path(samples[number % len(samples)]).resolve()
        link = folder / f"{number:06}{source.suffix}"
        try:
            link.symlink_to(source)
        except OSError:  # Windows requires a privilege for links
            link.write_bytes(source.read_bytes())


def resident_mb() -> float:
    """Return the resident memory of this process in MB (Linux)."""
    return _memory_mb("VmRSS")


def peak_mb() -> float:
    """Return the most resident memory that this process has had, in MB (Linux)."""
    return _memory_mb("VmHWM")


def _memory_mb(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    if found is None:
        raise SystemExit("cannot read the resident memory: this benchmark needs Linux")
    return int(found[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()
