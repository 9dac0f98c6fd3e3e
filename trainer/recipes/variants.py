"""The report's four variants and `modern`."""

from __future__ import annotations

from collections.abc import Mapping

from ..data.augmentation import Augmentation
from ..data.mixup_cutmix import MixupCutmix
from .recipe import Recipe
from .schedules import OneCycleSchedule, StepSchedule, WarmCosineSchedule

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
}
"""The report's four variants and `modern`, by name."""
