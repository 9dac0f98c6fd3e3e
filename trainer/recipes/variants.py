"""The report's four variants, `modern` and `finetune`."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whylight.errors import TrainingError

from ..data.augmentation import Augmentation
from ..data.mixup_cutmix import MixupCutmix
from .recipe import BACKBONE, Recipe
from .schedules import OneCycleSchedule, StepSchedule, WarmCosineSchedule


def read_recipe(path: Path) -> Recipe:
    """Run a Python file and return the one `Recipe` that it holds.

    Raises:
        TrainingError: it cannot be run, or holds none or several.
    """
    try:
        content = runpy.run_path(str(path))
    except Exception as error:
        raise TrainingError("{path} cannot be run: {reason}", path=path, reason=repr(error)) from error
    found = [value for value in content.values() if isinstance(value, Recipe)]
    if len(found) != 1:
        raise TrainingError(
            "{path} holds {count} recipes; expected one: RECIPE = Recipe(network=..., ...)",
            path=path,
            count=len(found),
        )
    return found[0]


def chooses_best(configuration: Mapping[str, Any]) -> bool:
    """Return whether the best epoch was chosen by the part that is measured."""
    stated = configuration.get("chooses_best")  # older runs have none
    return VARIANTS[configuration["variant"]].chooses_best if stated is None else bool(stated)


VARIANTS: Mapping[str, Recipe] = {
    "adam": Recipe(network="MyCNN", optimiser="adam", schedule=StepSchedule(learning_rate=1e-3), epochs=20),
    "sgd": Recipe(network="MyCNN", optimiser="sgd", schedule=StepSchedule(learning_rate=0.01), epochs=20),
    "improved": Recipe(
        network="ImprovedCNN", optimiser="sgd", schedule=StepSchedule(learning_rate=0.01), epochs=30
    ),
    "onecycle": Recipe(
        network="ImprovedCNN", optimiser="sgd", schedule=OneCycleSchedule(peak=0.1), epochs=20
    ),
    "modern": Recipe(
        network="ModernCNN",
        optimiser="sgd",
        schedule=WarmCosineSchedule(peak=0.1),
        epochs=40,
        weight_decay=5e-4,
        decays_vectors=False,
        nesterov=True,
        label_smoothing=0.1,
        augmentation=Augmentation(),
        mixing=MixupCutmix(),
        average_decay=0.998,
        chooses_best=False,
    ),
    "finetune": Recipe(
        network=BACKBONE,
        optimiser="sgd",
        schedule=WarmCosineSchedule(peak=1e-3),
        epochs=4,
        weight_decay=1e-4,
        decays_vectors=False,
        nesterov=True,
        augmentation=Augmentation(smallest_area=0.7, geometry=0.1, colour=0.1, erasing=0.0),
        first_layer_rate=0.1,
        frozen_norms=True,
        average_decay=0.99,
        chooses_best=False,
        batch_size=32,
    ),
}
"""The report's four variants, `modern` and `finetune`, by name."""
