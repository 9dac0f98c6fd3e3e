"""What the exporter takes: any PyTorch classifier, and what must be known about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from whylight.pair.card import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchClassifier:
    """A PyTorch image classifier with its facts.

    Where it was trained plays no part: `export.training_run.load_run` makes one of a run of the trainer.
    """

    network: nn.Module
    """In evaluation mode, float32, on the CPU: from normalised float32 `[N, 3, h, w]` to logits `[N, K]`."""
    card: Card
    """Its classes, input size `(h, w)`, mean and std, target layer (a name in `network.named_modules()`), and
    what its users should know."""
    held_out: Sequence[tuple[Path, int]] = ()
    """Images that it was not trained on, with their classes' indexes: those that its pair is verified on."""
    training: Sequence[Path] = ()
    """Images that it was trained on, by which its numbers' ranges are found for 8 bits."""
    seed: int = 0
    """Of the random choice of images, where not all are needed."""
