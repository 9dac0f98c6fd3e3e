"""Options of a training run, as parsed from `python -m trainer`."""

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
    """Declare an option whose default is taken from the variant."""
    return tyro.conf.arg(metavar=metavar, help_behavior_hint="(default: the variant's own)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Train a network on folders of images, and write all results to one run folder.

    Ctrl-C saves and exits; the same command with --resume continues.

    `--variant list` shows the recipes.

    `predict RUN PATH...` prints the most likely classes of images.

    `page RUN` writes the page of a finished run again.
    """

    variant: Literal["adam", "sgd", "improved", "onecycle", "modern"] = "onecycle"
    """Network, optimiser and schedule: the report's four, and `modern`."""
    dataset: Literal["caltech256", "caltech101", "folder"] = "caltech256"
    """Caltech-256 or Caltech-101, downloaded if missing; or `folder`, any folder of class folders."""
    data: Path = Path("data")
    """With `folder`, the folder of class folders; otherwise the folder that contains, or will contain,
    256_ObjectCategories or 101_ObjectCategories."""
    out: Annotated[
        Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(default: runs/VARIANT)")
    ] = None
    """The run folder."""
    resume: bool = False
    """Continue the run in --out where it stopped."""
    epochs: Annotated[int | None, _own("INT")] = None
    """Passes over the training set."""
    image_size: int = 224
    """Height and width in pixels to which images are resized."""
    growing_sizes: Annotated[
        str | None, tyro.conf.arg(metavar="SIZE*EPOCHS,...", help_behavior_hint="(default: --image-size)")
    ] = None
    """Train at smaller sizes first, which saves most of the time: 96*10,128*6,160*2,224*2 takes 20 epochs."""
    batch_size: Annotated[int | None, _own("INT")] = None
    """Images per step, over all processes."""
    seed: int = 42
    """Seed of the initial weights, the order of images and the augmentation; the split always uses 42."""
    validate: bool = False
    """Compare settings: hold out a tenth of the training set, and leave the test set unused."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Device to train on; `auto` is CUDA if available, otherwise the CPU."""
    compile: Literal["auto", "on", "off"] = "auto"
    """Compile the training step with torch.compile, which takes minutes per image size; `auto` enables it on
    CUDA. Not used with several processes."""
    workers: int = os.cpu_count() or 1
    """Threads that decode the images, once before the first epoch."""
    tensorboard: bool = False
    """Also write event files for TensorBoard; needs the package tensorboard."""

    def __post_init__(self) -> None:
        # BatchNorm needs at least two images per batch.
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
        """Image size of each epoch.

        Raises `TrainingError` if sizes, epochs and final size disagree.
        """
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
        # Random crops magnify objects: such networks do best on test images about a quarter larger
        # (Touvron et al., arXiv:1906.06423), so these recipes may end below the evaluation size.
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
