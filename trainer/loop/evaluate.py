"""Evaluation of a network on held-out images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ..data.batches import Batches, Normaliser
from ..progress.event import OnProgress, ProgressEvent
from .predictions import Predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Loss and accuracies on held-out images; accuracies are fractions of one."""

    loss: float
    """Mean cross-entropy over images, in nats."""
    top1: float
    """Fraction of images whose most likely class is correct."""
    mean_per_class: float
    """Mean of the per-class accuracies, over the classes that occur."""

    @classmethod
    def of(cls, predictions: Predictions) -> Evaluation:
        """Compute the metrics from predictions."""
        right, labels = predictions.right, predictions.labels
        per_class = [right[labels == label].mean() for label in np.unique(labels)]
        return cls(
            loss=float(predictions.losses.mean(dtype=np.float64)),
            top1=float(right.mean()),
            mean_per_class=float(np.mean(per_class)),
        )


def classify(
    network: nn.Module,
    part: Batches,
    normalise: Normaliser,
    *,
    batch_size: int,
    bfloat16: bool,
    title: str,
    on_progress: OnProgress,
    together: bool = False,
) -> Predictions:
    """Run `network` over all of `part`; leaves the network in evaluation mode.

    `together`: whether all processes call this at the same time, so that a request to stop one stops all.
    """
    network.eval()
    device = normalise.mean.device
    predicted = np.empty(len(part), np.int64)
    probabilities = np.empty(len(part), np.float32)
    losses = np.empty(len(part), np.float32)
    done = 0
    with torch.inference_mode():
        batches = part.batches(np.arange(len(part)), batch_size, lambda pixels, _: normalise(pixels))
        for images, labels in batches:
            with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
                logits = network(images).float()
            batch = slice(done, done + len(labels))
            predicted[batch] = logits.argmax(1).cpu().numpy()
            probabilities[batch] = logits.softmax(1).amax(1).cpu().numpy()
            losses[batch] = F.cross_entropy(logits, labels.to(device), reduction="none").cpu().numpy()
            done += len(labels)
            on_progress(ProgressEvent(title, done, len(part), together=together))
    return Predictions(labels=part.labels, predicted=predicted, probabilities=probabilities, losses=losses)
