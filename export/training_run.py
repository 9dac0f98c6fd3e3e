"""Load a training run for export.

This is the only module of the exporter that depends on the trainer, which is the package `trainer` in the
repository and `whylight.trainer` when installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from whylight.errors import ExportError
from whylight.pair.card import Card

from .network import TorchClassifier

if TYPE_CHECKING or __package__ == "export":
    from trainer.loop.checkpoint import BEST, Checkpoint, load_trained
    from trainer.recipes.variants import chooses_best
else:
    from ..trainer.loop.checkpoint import BEST, Checkpoint, load_trained
    from ..trainer.recipes.variants import chooses_best

LICENCE = "Apache-2.0"
_FIGURES = {"top1": "top_1", "mean_per_class": "mean_per_class"}
"""Names of accuracies in the trainer and in the model card."""
_PROGRAMS = ("whylight", "torch", "onnx", "onnxruntime")


def load_run(run: Path, data: Path | None = None) -> TorchClassifier:
    """Load the best network of a run folder.

    Args:
        run: folder of the run, or its `best.pt`.
        data: folder of the images, if they were moved since training.

    Raises:
        ExportError: `run` is another file.
        TrainingError: a file of the run is missing or does not match.
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
    """Return a trained network with its card; `data` overrides the image folder."""
    root = trained.data_root if data is None else data
    return TorchClassifier(
        network=trained.network,
        card=describe(trained),
        held_out=[(root / path, label) for path, label in trained.split.test],
        training=[root / path for path, _ in trained.split.train],
        seed=trained.split.seed,
    )


def describe(trained: Checkpoint) -> Card:
    """Create the model card of a trained network, before verification."""
    made = trained.configuration
    chosen = chooses_best(made)
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
        versions=program_versions(),
    )


def program_versions(programs: Sequence[str] = _PROGRAMS) -> Mapping[str, str]:
    """Return the installed versions of programs, for the model card."""
    found = {}
    for program in programs:
        try:
            found[program] = version(program)
        except PackageNotFoundError:
            found[program] = "not installed as a package"
    return found
