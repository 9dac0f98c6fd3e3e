"""Loads a run of the trainer: the one place where the exporter meets it.

In the repository the trainer is the package `trainer`, in an installed Whylight `whylight.trainer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from whylight.errors import ExportError
from whylight.pair.card import Card

from .network import TorchClassifier

if TYPE_CHECKING or __package__ == "export":
    from trainer.loop.checkpoint import BEST, Checkpoint, load_trained
    from trainer.recipes.variants import VARIANTS
else:
    from ..trainer.loop.checkpoint import BEST, Checkpoint, load_trained
    from ..trainer.recipes.variants import VARIANTS

LICENCE = "Apache-2.0"
_FIGURES = {"top1": "top_1", "mean_per_class": "mean_per_class"}
"""The trainer's names of the held-out figures, and the card's."""
_PROGRAMS = ("whylight", "torch", "onnx", "onnxruntime")


def load_run(run: Path, data: Path | None = None) -> TorchClassifier:
    """The best network of a run folder, which may be named by the checkpoint in it, too.

    Args:
        run: folder of the run, or its `best.pt`.
        data: folder of the images, where they moved since training.

    Raises:
        ExportError: `run` is another file.
        TrainingError: a file of the run is missing or does not fit.
    """
    if run.name == BEST and run.is_file():
        run = run.parent
    elif run.exists() and not run.is_dir():
        raise ExportError(
            "'{run}' is no run folder of the trainer: expected the folder that holds {best}",
            run=run,
            best=BEST,
        )
    return from_checkpoint(load_trained(run), data)


def from_checkpoint(trained: Checkpoint, data: Path | None = None) -> TorchClassifier:
    """A trained network with its card; `data` is the folder of its images, if they moved since training."""
    root = trained.data_root if data is None else data
    return TorchClassifier(
        network=trained.network,
        card=describe(trained),
        held_out=[(root / path, label) for path, label in trained.split.test],
        training=[root / path for path, _ in trained.split.train],
        seed=trained.split.seed,
    )


def describe(trained: Checkpoint) -> Card:
    """The card of a trained network, before its export is verified."""
    made = trained.configuration
    chosen = VARIANTS[made["variant"]].chooses_best
    notes = (
        f"Recipe '{made['variant']}', seed {made['seed']}, {made['epochs']} epochs; "
        f"image sizes while training: {made['size_schedule']}. "
        f"Trained on {len(trained.split.train):,} images. Accuracy is measured on the "
        f"{len(trained.split.test):,} held-out ones, "
        + (
            "on which the best epoch at the final size was chosen, too."
            if chosen
            else "which took no part in the training: the last epoch is what there is."
        )
    )
    return Card(
        name=f"{trained.network_name} ({made['variant']}), {made['data_set']}",
        classes=trained.classes,
        target_layer=trained.target_layer,
        input_size=(trained.image_size, trained.image_size),
        mean=trained.mean,
        std=trained.std,
        data_set=str(made["data_set"]),
        split_seed=trained.split.seed,
        accuracy={
            public: trained.accuracy[name] for name, public in _FIGURES.items() if name in trained.accuracy
        },
        licence=LICENCE,
        attribution=str(made["attribution"]),
        notes=notes,
        versions=_versions(),
    )


def _versions() -> Mapping[str, str]:
    found = {}
    for program in _PROGRAMS:
        try:
            found[program] = version(program)
        except PackageNotFoundError:
            found[program] = "not installed as a package"
    return found
