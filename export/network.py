"""Input of the exporter: a PyTorch classifier with its facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from whylight.pair.card import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchClassifier:
    """A PyTorch image classifier with its facts.

    It can come from any source; `export.training_run.load_run` creates one from a training run.
    """

    network: nn.Module
    """Maps normalised float32 `[N, 3, h, w]` to logits `[N, K]`; in evaluation mode, on the CPU."""
    card: Card
    """Its classes, input size `(h, w)`, mean and std, target layer (a name in `network.named_modules()`), and
    further information for users."""
    held_out: Sequence[tuple[Path, int]] = ()
    """Images not used in training, with their class indices, for the verification."""
    training: Sequence[Path] = ()
    """Training images, used to calibrate int8."""
    seed: int = 0
    """Seed of the random sample of images."""
