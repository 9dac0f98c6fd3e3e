"""Learning rate and momentum as pure functions of the step.

A stopped run therefore resumes from the step number alone. The report's schedules equal
`torch.optim.lr_scheduler.StepLR` and `OneCycleLR`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import optim


@dataclass(frozen=True, slots=True)
class OptimizerRates:
    """Learning rate and momentum of one step."""

    learning_rate: float
    """Learning rate of the optimiser."""
    momentum: float | None = None
    """Momentum of SGD; None keeps that of the recipe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSchedule:
    """`StepLR`: multiplies the learning rate by `factor` every `epochs` epochs."""

    learning_rate: float
    """Learning rate of the first epoch."""
    epochs: int = 10
    """Epochs between two drops."""
    factor: float = 0.1
    """Factor of each drop."""

    @property
    def summary(self) -> str:
        """One-line description of the learning rate."""
        return f"{self.learning_rate:g}, times {self.factor:g} every {self.epochs} epochs"

    def rates(self, step: int, *, steps_per_epoch: int, total_steps: int) -> OptimizerRates:  # noqa: ARG002
        """Return the rates of step `step` (from 0)."""
        drops = (step // steps_per_epoch) // self.epochs
        return OptimizerRates(self.learning_rate * self.factor**drops)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneCycleSchedule:
    """`OneCycleLR` with cosine annealing: one rise to `peak` and one long decay.

    As in torch, the optimiser's own learning rate is not used, and SGD's momentum is cycled inversely to the
    learning rate (torch's default `cycle_momentum=True`). Smith and Topin, *Super-Convergence*,
    arXiv:1708.07120.
    """

    peak: float
    """The highest learning rate."""
    rising_part: float = 0.3
    """Fraction of steps in which the learning rate rises (`pct_start`)."""
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
        """One-line description of the learning rate."""
        return f"one cycle up to {self.peak:g}"

    def rates(self, step: int, *, steps_per_epoch: int, total_steps: int) -> OptimizerRates:  # noqa: ARG002
        """Return the rates of step `step` (from 0) out of `total_steps`."""
        first = self.peak / self.start_divisor
        # torch counts the last step of a phase as part of it, hence the ones.
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
    """Linear warm-up to `peak`, then cosine decay to 0 without restarts.

    Loshchilov and Hutter, *SGDR*, arXiv:1608.03983.
    """

    peak: float
    """The highest learning rate."""
    rising_part: float = 0.1
    """Fraction of steps in which the learning rate rises."""

    @property
    def summary(self) -> str:
        """One-line description of the learning rate."""
        return f"up to {self.peak:g}, then half a cosine to zero"

    def rates(self, step: int, *, steps_per_epoch: int, total_steps: int) -> OptimizerRates:  # noqa: ARG002
        """Return the rates of step `step` (from 0) out of `total_steps`; never exactly 0."""
        rising = self.rising_part * total_steps
        if step < rising:
            return OptimizerRates(self.peak * (step + 1) / (rising + 1))
        return OptimizerRates(_cosine(self.peak, 0.0, (step - rising) / (total_steps - rising)))


def _cosine(start: float, end: float, done: float) -> float:
    """Interpolate from `start` to `end` along half a cosine; `done` is in 0..1."""
    return end + (start - end) / 2.0 * (math.cos(math.pi * done) + 1)


def set_rates(optimiser: optim.Optimizer, rates: OptimizerRates) -> None:
    """Set `rates` in every parameter group of `optimiser`."""
    for group in optimiser.param_groups:
        group["lr"] = rates.learning_rate * group.get("scale", 1.0)
        if rates.momentum is not None:
            group["momentum"] = rates.momentum
