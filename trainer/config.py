"""What a training run is asked to do: the options of `python -m trainer`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from whylight.errors import TrainingError

from .recipes.progressive_resizing import ProgressiveResizing
from .recipes.recipe import Recipe
from .recipes.variants import VARIANTS


def _own(metavar: str) -> object:
    """An option whose default is the variant's."""
    return tyro.conf.arg(metavar=metavar, help_behavior_hint="(default: the variant's own)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Train a network on folders of images, and keep everything about the run in one folder.

    Ctrl-C saves and leaves; the same command with --resume goes on.

    `--variant list` shows the recipes.

    `predict RUN PATH...` says what a trained network sees in images.

    `page RUN` writes the page of a finished run again.
    """

    variant: Literal["adam", "sgd", "improved", "onecycle", "modern"] = "onecycle"
    """Network, optimiser and schedule: four of the report, and `modern`."""
    dataset: Literal["caltech256", "caltech101", "folder"] = "caltech256"
    """Caltech-256 or Caltech-101, downloaded where they are missing; or any folder of class folders."""
    data: Path = Path("data")
    """Of `folder` the folder of class folders; else the one that 256_ObjectCategories or 101_ObjectCategories
    lies in or is to be put in."""
    out: Annotated[
        Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(default: runs/VARIANT)")
    ] = None
    """The run folder."""
    resume: bool = False
    """Go on where the run in --out stopped."""
    epochs: Annotated[int | None, _own("INT")] = None
    """Passes over the training part."""
    image_size: int = 224
    """Pixels a side that images are resized to."""
    growing_sizes: Annotated[
        str | None, tyro.conf.arg(metavar="SIZE*EPOCHS,...", help_behavior_hint="(default: --image-size)")
    ] = None
    """Train at smaller sizes first, which saves most of the time: 96*10,128*6,160*2,224*2 takes 20 epochs."""
    batch_size: Annotated[int | None, _own("INT")] = None
    """Images a step, of all processes together."""
    seed: int = 42
    """Of the first weights, the order of images, and their changes; the split is always drawn with 42."""
    validate: bool = False
    """To choose between settings: leave the test part alone, and hold a tenth of the training part out."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """What computes; `auto` is CUDA where there is a device, else the processor."""
    compile: Literal["auto", "on", "off"] = "auto"
    """Have torch.compile speed up the training step, after minutes of work at each image size; `auto` is on
    for CUDA. Several processes do without."""
    workers: int = os.cpu_count() or 1
    """Threads that decode images, once for all epochs."""
    tensorboard: bool = False
    """Write event files for TensorBoard too; needs the package tensorboard."""

    def __post_init__(self) -> None:
        # One image alone has no statistics for BatchNorm.
        for name, least in (("epochs", 1), ("batch_size", 2), ("workers", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise TrainingError(
                    "--{option} {value}: expected {least} or more",
                    option=name.replace("_", "-"),
                    value=value,
                    least=least,
                )
        if self.seed < 0:
            raise TrainingError("--seed {seed}: expected 0 or more", seed=self.seed)

    @property
    def recipe(self) -> Recipe:
        """The chosen variant's recipe."""
        return VARIANTS[self.variant]

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.out if self.out is not None else Path("runs") / self.variant

    @property
    def sizes(self) -> ProgressiveResizing:
        """Image size of each epoch; `TrainingError` where sizes, epochs and final size disagree."""
        if self.growing_sizes is None:
            return ProgressiveResizing.constant(self.image_size, self.epochs or self.recipe.epochs)
        sizes = ProgressiveResizing.parse(self.growing_sizes)
        epochs = self.epochs or self.recipe.epochs
        if sizes.epochs != epochs:
            raise TrainingError(
                "--growing-sizes names {named} epochs, but the run has {epochs}",
                named=sizes.epochs,
                epochs=epochs,
            )
        # Random crops magnify: what was trained on them is at its best on images about a quarter larger
        # (Touvron et al., arXiv:1906.06423), so such a recipe may end below the size it is measured at.
        fits = sizes.final_size == self.image_size or (
            self.recipe.augmentation is not None and sizes.final_size < self.image_size
        )
        if not fits:
            raise TrainingError(
                "--growing-sizes ends at {size} px, but --image-size is {image_size}",
                size=sizes.final_size,
                image_size=self.image_size,
            )
        return sizes
