"""What is kept of every epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRecord:
    """One row of `metrics.csv`. Losses are mean cross-entropies; accuracies are fractions of one."""

    epoch: int
    """From 1."""
    picture_size: int
    """Pixels a side."""
    train_loss: float
    """As the weights were at each step; with dropout, random changes and label smoothing."""
    train_top1: float
    """Likewise."""
    test_loss: float | None
    """Of the held-out part, like the next two; None where the epoch was not measured."""
    test_top1: float | None
    test_mean_per_class: float | None
    learning_rate: float
    """Of the epoch's last step."""
    seconds: float
    """Spent in training steps, evaluation left out."""
    pictures_per_second: float
    """Training images over `seconds`."""
