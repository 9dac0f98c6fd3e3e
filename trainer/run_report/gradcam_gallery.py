"""Grad-CAM gallery: two held-out images of each of five classes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch.nn import functional as F

from whylight.drawing.heatmap import draw_panels
from whylight.images.decode import read_image

from ..data.cache import resize
from ..data.split import Sample
from ..loop.checkpoint import Checkpoint, load_trained
from .figures import save_figure
from .gradcam import GradCam

GALLERY = "gallery.png"
CLASS_COUNT = 5
IMAGES_PER_CLASS = 2
GALLERY_SEED = 42
"""Fixed seed, as suggested by the report."""


def draw_gallery(run: Path) -> bool:
    """Write `run/gallery.png`: image, heatmap and overlay for the most likely class.

    Returns False without writing a file if the held-out part is too small. Raises `TrainingError` or
    `ImageError` if the run or its images are missing.
    """
    trained = load_trained(run)
    samples = choose_samples(trained.split.test)
    if not samples:
        return False
    images = [resize(read_image(trained.data_root / path), trained.image_size) for path, _ in samples]
    batch = trained.normalise(torch.from_numpy(np.stack(images)))
    with GradCam(trained.network, trained.target_layer) as explain:
        cam = explain(batch)
    likelihoods = F.softmax(cam.logits, dim=1).gather(1, cam.classes[:, None])[:, 0].tolist()
    titles = [
        _title(trained, sample, guess, likelihood)
        for sample, guess, likelihood in zip(samples, cam.classes.tolist(), likelihoods, strict=True)
    ]
    figure = _figure(images, list(cam.maps.numpy()), titles)
    save_figure(figure, run / GALLERY, dpi=110)
    return True


def choose_samples(test: Sequence[Sample], seed: int = GALLERY_SEED) -> list[Sample]:
    """Choose up to five random classes and two random images of each, class by class.

    Classes with fewer than two held-out images are skipped.
    """
    by_class: dict[int, list[Sample]] = {}
    for path, label in sorted(test):
        by_class.setdefault(label, []).append((path, label))
    eligible = sorted(label for label, samples in by_class.items() if len(samples) >= IMAGES_PER_CLASS)
    draw = random.Random(seed)
    labels = draw.sample(eligible, min(CLASS_COUNT, len(eligible)))
    return [sample for label in labels for sample in draw.sample(by_class[label], IMAGES_PER_CLASS)]


def _title(trained: Checkpoint, sample: Sample, guess: int, likelihood: float) -> str:
    truth = trained.classes[sample[1]]
    said = f"{trained.classes[guess]}, {likelihood:.0%}"
    return f"{truth}: right, {likelihood:.0%}" if guess == sample[1] else f"{truth}: mistaken for {said}"


def _figure(
    images: Sequence[NDArray[np.uint8]], maps: Sequence[NDArray[np.float32]], titles: Sequence[str]
) -> Figure:
    """One row per class: two images side by side, three panels each."""
    rows = len(images) // IMAGES_PER_CLASS
    figure = Figure(figsize=(13, 2.5 * rows), layout="constrained")
    grid = figure.subplots(rows, 3 * IMAGES_PER_CLASS, squeeze=False)
    for number, (image, map_, title) in enumerate(zip(images, maps, titles, strict=True)):
        row, column = divmod(number, IMAGES_PER_CLASS)
        panels = draw_panels(image, map_)
        axes = grid[row, 3 * column : 3 * column + 3]
        for place, panel in zip(axes, (panels.image, panels.heatmap, panels.overlay), strict=True):
            place.imshow(panel)
            place.set_axis_off()
        axes[1].set_title(title, fontsize=10)
    return figure
