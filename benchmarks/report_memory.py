"""Memory of writing a report, as a function of the number of images.

    python -m benchmarks.report_memory [--images 10000] [--pair NAME.onnx]

Fills a folder with links to the sample images, writes its report and prints resident memory on the way.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.timing import machine
from whylight.bundled import sample_images
from whylight.explainer import Explainer
from whylight.report import Progress, write_report


def main() -> None:
    """Write the report and print resident memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report_memory", description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--pair", type=Path, metavar="FILE", help="default: the bundled one")
    arguments = parser.parse_args()
    marks = {arguments.images * tenth // 10 for tenth in range(1, 11)}

    def print_progress(progress: Progress) -> None:
        if progress.done in marks:
            print(f"{progress.done:,} images: {resident_mb():.0f} MB resident", flush=True)

    print(f"{machine()}, {date.today()}")
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "pictures"
        link_samples(images, arguments.images)
        report = write_report(
            Explainer(arguments.pair), [images], Path(folder) / "report", on_progress=print_progress
        )
    print(f"{report.explained:,} explained in {report.elapsed_s:.0f} s")


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
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    if found is None:
        raise SystemExit("cannot read the resident memory: this benchmark needs Linux")
    return int(found[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()
