"""The card of an exported network."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from trainer.loop.checkpoint import Checkpoint
from trainer.recipes.variants import VARIANTS
from whylight.pair.card import Card

LICENCE = "Apache-2.0"
_FIGURES = {"top1": "top_1", "mean_per_class": "mean_per_class"}
"""The trainer's names of the held-out figures, and the card's."""
_PROGRAMS = ("whylight", "torch", "onnx", "onnxruntime")


def describe(trained: Checkpoint) -> Card:
    """What a trained network's card says, before its export is verified."""
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
