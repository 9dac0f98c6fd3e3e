"""Learning rate and momentum as pure functions of the step.

So a run stopped anywhere goes on from the step number alone. The report's schedules equal
`torch.optim.lr_scheduler.StepLR` and `OneCycleLR`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import optim


@dataclass(frozen=True, slots=True)
class OptimizerRates:
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

    @property
    def summary(self) -> str:
        """The learning rate, in words."""
        return f"{self.learning_rate:g}, times {self.factor:g} every {self.epochs} epochs"

    def rates(self, step: int, *, steps_per_epoch: int, total_steps: int) -> OptimizerRates:  # noqa: ARG002
        """Rates of step `step` (from 0)."""
        drops = (step // steps_per_epoch) // self.epochs
        return OptimizerRates(self.learning_rate * self.factor**drops)


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

    @property
    def summary(self) -> str:
        """The learning rate, in words."""
        return f"one cycle up to {self.peak:g}"

    def rates(self, step: int, *, steps_per_epoch: int, total_steps: int) -> OptimizerRates:  # noqa: ARG002
        """Rates of step `step` (from 0) out of `total_steps`."""
        first = self.peak / self.start_divisor
        # torch counts the end of a phase as a step that still belongs to it, hence the ones.
        summit = self.rising_part * total_steps - 1
        if step <= summit:
            done = step / summit
            return OptimizerRates(
                _cosine(first, self.peak, done), _cosine(self.highest_momentum, self.lowest_momentum, done)
            )
        done = (step - summit) / (total_steps - 1 - summit)
        return OptimizerRates(
            _cosine(self.peak, first / self.end_divisor, done),
            _cosine(self.lowest_momentum, self.highest_momentum, done),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmCosineSchedule:
    """A straight rise to `peak`, then half a cosine down to zero (arXiv:1608.03983, no restarts)."""

    peak: float
    """The highest learning rate."""
    rising_part: float = 0.1
    """Part of all steps in which the learning rate rises."""

    @property
    def summary(self) -> str:
        """The learning rate, in words."""
        return f"up to {self.peak:g}, then half a cosine to zero"

    def rates(self, step: int, *, steps_per_epoch: int, total_steps: int) -> OptimizerRates:  # noqa: ARG002
        """Rates of step `step` (from 0) out of `total_steps`; the last step's is just above zero."""
        rising = self.rising_part * total_steps
        if step < rising:
            return OptimizerRates(self.peak * (step + 1) / (rising + 1))
        return OptimizerRates(_cosine(self.peak, 0.0, (step - rising) / (total_steps - rising)))


def _cosine(start: float, end: float, done: float) -> float:
    """From `start` to `end` along half a cosine, as `done` goes from 0 to 1."""
    return end + (start - end) / 2.0 * (math.cos(math.pi * done) + 1)


def set_rates(optimiser: optim.Optimizer, rates: OptimizerRates) -> None:
    """Put `rates` into every parameter group of `optimiser`."""
    for group in optimiser.param_groups:
        group["lr"] = rates.learning_rate
        if rates.momentum is not None:
            group["momentum"] = rates.momentum
