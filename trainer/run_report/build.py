"""Build figures, tables and page of a run folder: `python -m trainer page RUN`."""

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
    """Write the page of a finished run.

    This writes confusion.png, classes.csv, gallery.png and index.html.
    """

    run: tyro.conf.Positional[Path]
    """Run folder of the trainer."""


def describe(folder: Path, tell: Callable[[str], None], on_progress: OnProgress) -> None:
    """Write figures, tables and page of a finished run into its folder.

    Existing `predictions.csv` and `gallery.png` are kept; otherwise the images are read again. Raises
    `TrainingError` if the run has not finished, `ImageError` if its images are missing.
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
        except ImageError as error:  # images removed meanwhile: build the page without a gallery
            tell(f"no gallery: {error}")
    write_page(run, split, predictions)


def _predict_again(trained: Checkpoint, on_progress: OnProgress) -> Predictions:
    """Classify the held-out images from their files, in float32 on the CPU."""
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
    """Read the held-out images at the network's image size into memory."""
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
    """Run the command; returns 0 on success, 2 for invalid input."""
    options = tyro.cli(Options, prog=prog, args=argv)
    try:
        with ProgressDisplay(Console(stderr=True)) as display:
            describe(options.run, display.line, display.show)
    except (WhylightError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    print(options.run / PAGE)  # noqa: T201
    return 0
