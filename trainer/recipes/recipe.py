"""The four variants of the report and `modern`: network, optimiser and schedule, as data.

Learning rate and momentum are pure functions of the step, so that a run stopped anywhere goes on from the
step number alone. The report's equal `torch.optim.lr_scheduler.StepLR` and
`OneCycleLR`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn, optim

from ..data.augmentation import CACHE_MARGIN, Augmentation
from ..data.mixup_cutmix import Mixing


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

    @property
    def summary(self) -> str:
        """The learning rate, in words."""
        return f"{self.learning_rate:g}, times {self.factor:g} every {self.epochs} epochs"

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

    @property
    def summary(self) -> str:
        """The learning rate, in words."""
        return f"one cycle up to {self.peak:g}"

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

    def rates(self, step: int, *, steps_per_epoch: int, total_steps: int) -> Rates:  # noqa: ARG002
        """Rates of step `step` (from 0) out of `total_steps`; the last step's is just above zero."""
        rising = self.rising_part * total_steps
        if step < rising:
            return Rates(self.peak * (step + 1) / (rising + 1))
        return Rates(_cosine(self.peak, 0.0, (step - rising) / (total_steps - rising)))


def _cosine(start: float, end: float, done: float) -> float:
    """From `start` to `end` along half a cosine, as `done` goes from 0 to 1."""
    return end + (start - end) / 2.0 * (math.cos(math.pi * done) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one variant is trained."""

    network: Literal["MyCNN", "ImprovedCNN", "ModernCNN"]
    """Name in `trainer.models.report_cnns.NETWORKS`."""
    optimiser: Literal["adam", "sgd"]
    """Adam with torch's defaults, or SGD with the momentum and weight decay below."""
    schedule: StepSchedule | OneCycleSchedule | WarmCosineSchedule
    """Learning rate as a function of the step."""
    epochs: int
    """Passes over the training part."""
    momentum: float = 0.9
    """Momentum of SGD, where the schedule does not cycle it."""
    weight_decay: float = 1e-4
    """L2 penalty of SGD."""
    decays_vectors: bool = True
    """Whether the penalty is on biases and norms too, as torch has it, or on weights of layers alone."""
    nesterov: bool = False
    """Whether SGD looks ahead along its momentum."""
    label_smoothing: float = 0.0
    """Part of the target spread evenly over all classes (arXiv:1512.00567, section 7)."""
    augmentation: Augmentation | None = None
    """Random changes to training pictures."""
    mixing: Mixing | None = None
    """Pairs of training pictures in one."""
    average_decay: float | None = None
    """Decay of the moving average of the weights, which is then what is measured and kept."""
    chooses_best: bool = True
    """Measure after every epoch and keep the best of the final picture size, as the report did; or
    measure after the last epoch only and keep that, which leaves the held-out part out of the choice."""
    batch_size: int = 64
    """Pictures a step; the last batch of an epoch is smaller."""

    @property
    def summary(self) -> str:
        """In words, for people."""
        words = [self.network, self.optimiser.upper() if self.optimiser == "sgd" else "Adam"]
        words += [self.schedule.summary, f"{self.epochs} epochs"]
        if self.augmentation is not None:
            words.append("random crops, flips and changes")
        if self.mixing is not None:
            words.append("mixed pairs")
        if self.label_smoothing:
            words.append(f"label smoothing {self.label_smoothing:g}")
        if self.average_decay is not None:
            words.append("averaged weights")
        return ", ".join(words)

    def cached_size(self, size: int) -> int:
        """The size in pixels that training pictures are kept at, to be trained at `size`."""
        return size if self.augmentation is None else round(CACHE_MARGIN * size)

    def build_optimiser(self, network: nn.Module, *, fused: bool = False) -> optim.Optimizer:
        """The optimiser over all of `network`; its learning rate is set by the schedule at every step.

        `fused`: one kernel for all weights, which a GPU prefers to some for each.
        """
        if self.optimiser == "adam":
            return optim.Adam(network.parameters(), fused=fused)
        groups: list[dict[str, Any]] = [{"params": list(network.parameters())}]
        if not self.decays_vectors:
            vectors = [p for p in network.parameters() if p.ndim <= 1]
            groups[0]["params"] = [p for p in network.parameters() if p.ndim > 1]
            groups.append({"params": vectors, "weight_decay": 0.0})
        # `lr` is set before every step.
        return optim.SGD(
            groups,
            lr=0.0,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            nesterov=self.nesterov,
            fused=fused,
        )


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
        mixing=Mixing(),
        average_decay=0.998,
        chooses_best=False,
    ),
}
"""The report's four variants and `modern`, by name."""


def set_rates(optimiser: optim.Optimizer, rates: Rates) -> None:
    """Put `rates` into every parameter group of `optimiser`."""
    for group in optimiser.param_groups:
        group["lr"] = rates.learning_rate
        if rates.momentum is not None:
            group["momentum"] = rates.momentum
