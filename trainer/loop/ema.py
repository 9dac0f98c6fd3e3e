"""Exponential moving average of weights, used by the recipe `modern`.

    average <- d * average + (1 - d) * weights        after every step

(Polyak and Juditsky 1992; in this form and with this warm-up as in TensorFlow's `ExponentialMovingAverage`).
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class ModelEma:
    """Averaged copy of `network`; BatchNorm's running statistics are averaged too."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        """`decay`: the d above; it is smaller during the first steps (warm-up)."""
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._decay = decay
        averages, originals = self.network.state_dict(), network.state_dict(keep_vars=True)
        self._averaged = [(averages[n], originals[n]) for n in averages if averages[n].is_floating_point()]
        self._copied = [(averages[n], originals[n]) for n in averages if not averages[n].is_floating_point()]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Update the average with the weights after step `step` (from 0)."""
        decay = min(self._decay, (1 + step) / (10 + step))
        averages: list[Tensor] = [average for average, _ in self._averaged]
        originals: list[Tensor] = [original for _, original in self._averaged]
        torch._foreach_lerp_(averages, originals, 1 - decay)
        for average, original in self._copied:
            average.copy_(original)
