"""Recipes: network, optimiser, schedule and augmentation, as data."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from torch import nn, optim

from ..data.augmentation import CACHE_MARGIN, Augmentation
from ..data.mixup_cutmix import MixupCutmix
from .schedules import OneCycleSchedule, StepSchedule, WarmCosineSchedule

BACKBONE = "backbone"
"""Network of recipes that start from trained weights."""
_DEPTHS = 8
"""Parts of a network with different learning rates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Training settings of one variant."""

    network: str
    """Name in `trainer.models.report_cnns.NETWORKS`, or `BACKBONE`: the network named by --backbone, with
    trained weights, whose last layer is fitted in the first epoch."""
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
    """Whether weight decay includes biases and norms (torch's default) or only weight matrices."""
    nesterov: bool = False
    """Whether SGD uses Nesterov momentum."""
    label_smoothing: float = 0.0
    """Fraction of the target spread evenly over all classes (arXiv:1512.00567, section 7)."""
    augmentation: Augmentation | None = None
    """Random changes to training images."""
    mixing: MixupCutmix | None = None
    """Mixup and CutMix of pairs of training images."""
    first_layer_rate: float = 1.0
    """Learning rate of the first layer as a fraction of the last one's; it grows geometrically with depth
    (discriminative rates, arXiv:1801.06146)."""
    frozen_norms: bool = False
    """Whether BatchNorms keep their statistics, as suits few images and small steps."""
    average_decay: float | None = None
    """Decay of the moving average of the weights, which is then evaluated and saved."""
    chooses_best: bool = True
    """Measure after every epoch and keep the best of the final image size, as the report did; or
    measure after the last epoch only and keep that, which leaves the held-out part out of the choice."""
    batch_size: int = 64
    """Images per step; the last batch of an epoch is smaller."""

    @property
    def summary(self) -> str:
        """One-line description for users."""
        words = [
            "a trained network" if self.is_finetuning else self.network,
            self.optimiser.upper() if self.optimiser == "sgd" else "Adam",
        ]
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

    @property
    def is_finetuning(self) -> bool:
        """Whether it starts from trained weights, and first fits the last layer."""
        return self.network == BACKBONE

    def cached_size(self, size: int) -> int:
        """Return the size in pixels of cached images for training at `size`."""
        return size if self.augmentation is None else round(CACHE_MARGIN * size)

    def build_optimiser(self, network: nn.Module, *, fused: bool = False) -> optim.Optimizer:
        """Create the optimiser over all parameters; the schedule sets its learning rate.

        `fused`: use one kernel for all parameters, which is faster on GPUs.
        """
        if self.optimiser == "adam":
            return optim.Adam(network.parameters(), fused=fused)
        groups = [
            {"params": parameters, "scale": scale, **extra}
            for part, scale in self._depths(network)
            for parameters, extra in self._decayed(part)
            if parameters
        ]
        # `lr` is set before every step.
        return optim.SGD(
            groups,
            lr=0.0,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            nesterov=self.nesterov,
            fused=fused,
        )

    def _depths(self, network: nn.Module) -> list[tuple[list[nn.Parameter], float]]:
        """Divide the parameters by depth; return parts and scales of their rates."""
        parameters = list(network.parameters())
        if self.first_layer_rate == 1:
            return [(parameters, 1.0)]
        parts = min(_DEPTHS, len(parameters))
        bounds = [round(len(parameters) * part / parts) for part in range(parts + 1)]
        return [
            (parameters[start:stop], self.first_layer_rate ** (1 - part / max(1, parts - 1)))
            for part, (start, stop) in enumerate(pairwise(bounds))
        ]

    def _decayed(self, parameters: list[nn.Parameter]) -> list[tuple[list[nn.Parameter], dict[str, Any]]]:
        """Divide parameters into those with and without weight decay."""
        if self.decays_vectors:
            return [(parameters, {})]
        vectors = [p for p in parameters if p.ndim <= 1]
        return [([p for p in parameters if p.ndim > 1], {}), (vectors, {"weight_decay": 0.0})]
