"""`python -m trainer page RUN`: the figures, tables and the page of a run folder, at its end or later."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import tyro
from rich.console import Console

from whylight.errors import ImageError, WhylightError
from whylight.images.decode import read_image

from ..data.batches import DatasetSlice
from ..data.cache import ImageCache, resize
from ..loop.checkpoint import Checkpoint, load_trained
from ..loop.evaluate import classify
from ..loop.predictions import PREDICTIONS, Predictions, read_predictions, write_predictions
from ..progress.console import ProgressDisplay
from ..progress.event import OnProgress, ProgressEvent
from .confusion_matrix import class_records, confusion_matrix, frequent_confusions, write_classes
from .figures import write_confusion
from .gradcam_gallery import GALLERY, draw_gallery
from .html_page import PAGE, write_page
from .run_folder import FinishedRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Write (again) what a finished run folder shows: confusion.png, classes.csv, gallery.png, index.html."""

    run: tyro.conf.Positional[Path]
    """Run folder of the trainer."""


def describe(folder: Path, tell: Callable[[str], None], on_progress: OnProgress) -> None:
    """Fill the folder of a run that has ended with everything that people look at.

    `predictions.csv` and `gallery.png` are kept where they are; otherwise the images are read again.
    Raises `TrainingError` where the run has not ended, `ImageError` where its images are gone.
    """
    run = FinishedRun.read(folder)
    trained = load_trained(folder)
    split = trained.split
    if (folder / PREDICTIONS).exists():
        predictions = read_predictions(folder, split)
    else:
        predictions = _predict_again(trained, on_progress)
        write_predictions(folder, split, predictions)
    write_classes(folder, class_records(split, predictions))
    matrix = confusion_matrix(predictions, len(split.classes))
    write_confusion(folder, matrix, split.classes, frequent_confusions(split, predictions))
    if not (folder / GALLERY).exists():
        try:
            if not draw_gallery(folder):
                tell("no gallery: no class has two held-out images")
        except ImageError as error:  # its images were there hours ago; the rest of the page does without
            tell(f"no gallery: {error}")
    write_page(run, split, predictions)


def _predict_again(trained: Checkpoint, on_progress: OnProgress) -> Predictions:
    """From the image files, in float32 on this machine's processor."""
    part = _read_part(trained, on_progress)
    return classify(
        trained.network.to(memory_format=torch.channels_last),
        part,
        trained.normalise,
        batch_size=trained.configuration["batch_size"],
        bfloat16=False,
        title="Measuring",
        on_progress=on_progress,
    )


def _read_part(trained: Checkpoint, on_progress: OnProgress) -> DatasetSlice:
    """The held-out images at the network's own size, in memory."""
    samples = trained.split.test
    size = trained.image_size
    pixels = np.empty((len(samples), size, size, 3), np.uint8)
    with ThreadPoolExecutor() as pool:
        images = pool.map(lambda sample: resize(read_image(trained.data_root / sample[0]), size), samples)
        for row, image in enumerate(images):
            pixels[row] = image
            on_progress(ProgressEvent("Reading images", row + 1, len(samples)))
    return DatasetSlice.of(ImageCache(pixels, tuple(path for path, _ in samples), {}), samples)


def main(argv: Sequence[str], prog: str = "python -m trainer page") -> int:
    """0 when written, 2 for a user's mistake."""
    options = tyro.cli(Options, prog=prog, args=argv)
    try:
        with ProgressDisplay(Console(stderr=True)) as display:
            describe(options.run, display.line, display.show)
    except (WhylightError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    print(options.run / PAGE)  # noqa: T201
    return 0
