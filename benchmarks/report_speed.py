"""A folder explained by Whylight, and by a plain loop over pytorch-grad-cam.

    python -m benchmarks.report_speed FOLDER [--images 60] [--rounds 5] [--panels full]

Both explain the most probable class of every image with the published weights of EfficientNet-Lite0, at its
last layer. The loop is the one in pytorch-grad-cam's own documentation, with the owner's preprocessing: it
opens an image, runs `GradCAM`, blends, and writes the overlay. Whylight runs as `whylight explain` runs, from
opening the bundled General to the last page. Contenders are separate processes that take turns; what counts
are ratios within a round.

With `--one-core` each is held to one core and thread, and its processor time is taken in place of the clock:
on a machine that has other work, threads that wait for each other would be timed, PyTorch's above all.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from itertools import count, islice
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.timing import machine, ratio, run_contender, table, time_alternating
from whylight.images.files import find_images
from whylight.report import PANELS

LOOP, REPORT, FORWARD = "pytorch-grad-cam", "whylight explain", "PyTorch, forward"
NETWORK = "efficientnet-lite0"
Clock = Callable[[], float]


def main() -> None:
    """Time the contenders and print medians and ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report_speed", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--panels", choices=PANELS, default="full")
    parser.add_argument("--one-core", action="store_true", help="one thread each, and processor time")
    parser.add_argument("--serve", choices=(LOOP, REPORT, FORWARD), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one_core and not hasattr(os, "sched_setaffinity"):
        parser.error("--one-core needs a system that can hold a process to a core")
    if arguments.serve is not None:
        if arguments.one_core:  # before any library counts the cores
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        run_contender(_contender(arguments))
        return
    passed = [str(arguments.folder), "--panels", arguments.panels, "--images", str(arguments.images)]
    times = time_alternating(
        "benchmarks.report_speed",
        (REPORT, LOOP, FORWARD),
        [*passed, *(["--one-core"] if arguments.one_core else [])],
        rounds=arguments.rounds,
        repeats=1,
    )
    of = "processor time on one core" if arguments.one_core else "time"
    print(
        f"{machine()}, {date.today()}, {arguments.rounds} rounds, {of} an image, panels {arguments.panels}\n"
    )
    print(table(times, REPORT))
    print(f"{REPORT}: {1 / ratio(times, REPORT, LOOP):.1f} times as fast as the loop")


def _contender(arguments: argparse.Namespace) -> Callable[[], float]:
    paths = [*islice(find_images([arguments.folder], on_error=lambda *_: None), arguments.images)]
    if arguments.serve in (LOOP, FORWARD):
        return _loop(paths, _clock(arguments), explains=arguments.serve == LOOP)
    return _report(paths, _clock(arguments), arguments.panels)


def _clock(arguments: argparse.Namespace) -> Clock:
    return process_time if arguments.one_core else perf_counter


def _report(paths: Sequence[Path], clock: Clock, panels: str) -> Callable[[], float]:
    from whylight.cli import main as whylight

    folder = tempfile.TemporaryDirectory()  # removed when the process ends
    numbers = count()

    def work() -> float:
        out = Path(folder.name, str(next(numbers)))
        command = ["explain", *map(str, paths), "--model", "general", "--out", str(out), "--top", "1"]
        started = clock()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            status = whylight([*command, "--panels", panels])
        if status != 0:
            raise SystemExit(f"the report was not written: exit status {status}")
        return (clock() - started) / len(paths)

    return work


def _loop(paths: Sequence[Path], clock: Clock, *, explains: bool) -> Callable[[], float]:
    import numpy as np
    import torch
    from PIL import Image
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.image import show_cam_on_image

    from export.pretrained import load_pretrained
    from export.verify import reference_transform

    folder = tempfile.TemporaryDirectory()
    classifier = load_pretrained(NETWORK, paths[0].parent, Path(folder.name))
    torch.set_num_threads(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    network, transform = classifier.network.eval(), reference_transform(classifier.card)
    height, width = classifier.card.input_size
    cam = GradCAM(network, [network.get_submodule(classifier.card.target_layer)])

    def work() -> float:
        started = clock()
        for path in paths:
            image = Image.open(path).convert("RGB")
            taken = transform(image)[None]
            if not explains:
                with torch.inference_mode():
                    network(taken)
                continue
            (map_,) = cam(taken, None)  # the most probable class
            shown = np.asarray(image.resize((width, height)), np.float32) / 255
            overlay = show_cam_on_image(shown, map_, use_rgb=True)
            Image.fromarray(overlay).save(f"{folder.name}/{path.stem}.jpg")
        return (clock() - started) / len(paths)

    return work


if __name__ == "__main__":
    main()
