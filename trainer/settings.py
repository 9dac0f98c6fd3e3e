"""What a training run is asked to do: the options of `python -m trainer`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from explain.errors import TrainingError
from trainer.recipes import VARIANTS, Recipe
from trainer.sizes import SizeSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Train one variant of the report's networks, and keep everything about it in one folder."""

    variant: Literal["adam", "sgd", "improved", "onecycle", "modern"] = "onecycle"
    """Network, optimiser and schedule: four of the report, and `modern`; `--variant list` shows them."""
    dataset: Literal["caltech256", "caltech101", "folder"] = "caltech256"
    """Caltech-256, Caltech-101 (both downloaded where they are missing), or any folder of class folders."""
    data: Path = Path("data")
    """The folder that holds 256_ObjectCategories or 101_ObjectCategories; of `folder`, the class folders."""
    epochs: int | None = None
    """Passes over the training part; by default the variant's own, 20 or 30."""
    image_size: int = 224
    """Pixels a side that pictures are resized to."""
    growing_sizes: str | None = None
    """Train at smaller sizes first, as SIZE*EPOCHS,...: 96*10,128*6,160*2,224*2 ends at --image-size 224."""
    batch_size: int | None = None
    """Pictures a step; by default the variant's own, 64."""
    seed: int = 42
    """Of the first weights, the order of pictures, and dropout. The split is always drawn with 42."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto` is the first CUDA device where there is one, else the CPU."""
    compile: Literal["auto", "on", "off"] = "auto"
    """Whether torch.compile makes the training step faster, after some minutes of work at each picture size;
    `auto` is on CUDA devices. Not with several processes."""
    out: Path | None = None
    """The run folder; by default runs/VARIANT."""
    validate: bool = False
    """To choose between settings: leave the test part alone, train on 90 % of the training part and hold the
    other 10 % out."""
    resume: bool = False
    """Go on where the run in --out stopped."""
    tensorboard: bool = False
    """Write event files for TensorBoard too, into the run folder; needs the package tensorboard."""
    workers: int = os.cpu_count() or 1
    """Threads that decode pictures into the cache."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "workers"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise TrainingError(f"--{name.replace('_', '-')} {value}: expected 1 or more")
        if self.seed < 0:
            raise TrainingError(f"--seed {self.seed}: expected 0 or more")

    @property
    def recipe(self) -> Recipe:
        """The chosen variant's recipe."""
        return VARIANTS[self.variant]

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.out if self.out is not None else Path("runs") / self.variant

    @property
    def sizes(self) -> SizeSchedule:
        """Picture size of each epoch; `TrainingError` where sizes, epochs and final size disagree."""
        if self.growing_sizes is None:
            return SizeSchedule.constant(self.image_size, self.epochs or self.recipe.epochs)
        sizes = SizeSchedule.parse(self.growing_sizes)
        epochs = self.epochs or self.recipe.epochs
        if sizes.epochs != epochs:
            raise TrainingError(f"--growing-sizes names {sizes.epochs} epochs, but the run has {epochs}")
        # Random crops magnify: what was trained on them is at its best on pictures about a quarter larger
        # (Touvron et al., arXiv:1906.06423), so such a recipe may end below the size it is measured at.
        fits = sizes.final_size == self.image_size or (
            self.recipe.augmentation is not None and sizes.final_size < self.image_size
        )
        if not fits:
            raise TrainingError(
                f"--growing-sizes ends at {sizes.final_size} px, but --image-size is {self.image_size}"
            )
        return sizes
