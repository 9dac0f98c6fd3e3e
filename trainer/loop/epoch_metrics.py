"""Metrics of an epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRecord:
    """One row of `metrics.csv`.

    Losses are mean cross-entropies in nats; accuracies are fractions of one.
    """

    epoch: int
    """Number of the epoch, from 1."""
    picture_size: int
    """Height and width of training images, in pixels."""
    train_loss: float
    """Mean over the epoch's steps, with dropout, augmentation and label smoothing."""
    train_top1: float
    """Mean over the epoch's steps, like `train_loss`."""
    test_loss: float | None
    """On the held-out part, as are the next two; None if the epoch was not evaluated."""
    test_top1: float | None
    test_mean_per_class: float | None
    learning_rate: float
    """Learning rate of the last step."""
    seconds: float
    """Duration of the training steps, without evaluation."""
    pictures_per_second: float
    """Number of training images divided by `seconds`."""
