"""The four variants of the report: network, optimiser and schedule, as data.

Learning rate and momentum are pure functions of the step, so that a run stopped anywhere goes on from the
step number alone. They equal `torch.optim.lr_scheduler.StepLR` and `OneCycleLR`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import nn, optim


@dataclass(frozen=True, slots=True)
class Rates:
    """What the optimiser uses for one step."""

    learning_rate: float
    """Step width of the optimiser."""
    momentum: float | None = None
    """Momentum of SGD, or None where the schedule leaves it as the recipe set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSchedule:
    """`StepLR`: the learning rate is multiplied by `factor` after every `epochs` epochs."""

    learning_rate: float
    """Learning rate of the first epoch."""
    epochs: int = 10
    """Epochs between two drops."""
    factor: float = 0.1
    """What a drop multiplies by."""

    def rates(self, step: int, *, steps_per_epoch: int, total_steps: int) -> Rates:  # noqa: ARG002
        """Rates of step `step` (from 0)."""
        drops = (step // steps_per_epoch) // self.epochs
        return Rates(self.learning_rate * self.factor**drops)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneCycleSchedule:
    """`OneCycleLR` with cosine annealing: up to `peak`, then down to almost nothing, in one cycle.

    As in torch, the optimiser's own learning rate plays no part, and SGD's momentum is cycled against the
    learning rate (`cycle_momentum=True` is the default there). Smith and Topin, *Super-Convergence*,
    arXiv:1708.07120.
    """

    peak: float
    """The highest learning rate."""
    rising_part: float = 0.3
    """Part of all steps in which the learning rate rises (`pct_start`)."""
    start_divisor: float = 25.0
    """The first learning rate is `peak / start_divisor` (`div_factor`)."""
    end_divisor: float = 1e4
    """The last learning rate is the first divided by this (`final_div_factor`)."""
    lowest_momentum: float = 0.85
    """Momentum at the peak of the learning rate (`base_momentum`)."""
    highest_momentum: float = 0.95
    """Momentum at the first and the last step (`max_momentum`)."""

    def rates(self, step: int, *, steps_per_epoch: int, total_steps: int) -> Rates:  # noqa: ARG002
        """Rates of step `step` (from 0) out of `total_steps`."""
        first = self.peak / self.start_divisor
        # torch counts the end of a phase as a step that still belongs to it, hence the ones.
        summit = self.rising_part * total_steps - 1
        if step <= summit:
            done = step / summit
            return Rates(
                _cosine(first, self.peak, done), _cosine(self.highest_momentum, self.lowest_momentum, done)
            )
        done = (step - summit) / (total_steps - 1 - summit)
        return Rates(
            _cosine(self.peak, first / self.end_divisor, done),
            _cosine(self.lowest_momentum, self.highest_momentum, done),
        )


def _cosine(start: float, end: float, done: float) -> float:
    """From `start` to `end` along half a cosine, as `done` goes from 0 to 1."""
    return end + (start - end) / 2.0 * (math.cos(math.pi * done) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one variant of the report is trained."""

    network: Literal["MyCNN", "ImprovedCNN"]
    """Name in `trainer.models.NETWORKS`."""
    optimiser: Literal["adam", "sgd"]
    """Adam with torch's defaults, or SGD with the momentum and weight decay below."""
    schedule: StepSchedule | OneCycleSchedule
    """Learning rate as a function of the step."""
    epochs: int
    """Passes over the training part."""
    momentum: float = 0.9
    """Momentum of SGD, where the schedule does not cycle it."""
    weight_decay: float = 1e-4
    """L2 penalty of SGD."""
    batch_size: int = 64
    """Pictures a step; the last batch of an epoch is smaller."""

    def build_optimiser(self, network: nn.Module) -> optim.Optimizer:
        """The optimiser over all of `network`; its learning rate is set by the schedule at every step."""
        if self.optimiser == "adam":
            return optim.Adam(network.parameters())
        return optim.SGD(network.parameters(), momentum=self.momentum, weight_decay=self.weight_decay)


VARIANTS: Mapping[str, Recipe] = {
    "adam": Recipe(network="MyCNN", optimiser="adam", schedule=StepSchedule(learning_rate=1e-3), epochs=20),
    "sgd": Recipe(network="MyCNN", optimiser="sgd", schedule=StepSchedule(learning_rate=0.01), epochs=20),
    "improved": Recipe(
        network="ImprovedCNN", optimiser="sgd", schedule=StepSchedule(learning_rate=0.01), epochs=30
    ),
    "onecycle": Recipe(
        network="ImprovedCNN", optimiser="sgd", schedule=OneCycleSchedule(peak=0.1), epochs=20
    ),
}
"""The report's variants by name."""


def set_rates(optimiser: optim.Optimizer, rates: Rates) -> None:
    """Put `rates` into every parameter group of `optimiser`."""
    for group in optimiser.param_groups:
        group["lr"] = rates.learning_rate
        if rates.momentum is not None:
            group["momentum"] = rates.momentum
