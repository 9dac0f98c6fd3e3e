"""How well a network does on pictures it was not trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from trainer.data.batches import Normaliser, Part
from trainer.tasks import OnProgress, TaskProgress


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The outcome, as fractions of one."""

    loss: float
    """Mean cross-entropy over pictures, in nats."""
    top1: float
    """Part of the pictures whose most likely class is the right one."""
    mean_per_class: float
    """The same for each class by itself, averaged over the classes that occur."""


def evaluate(
    network: nn.Module,
    part: Part,
    normalise: Normaliser,
    *,
    batch_size: int,
    bfloat16: bool,
    title: str,
    on_progress: OnProgress,
    together: bool = False,
) -> Evaluation:
    """Run `network` over all of `part`; the network is left in evaluation mode.

    `together`: whether all processes do the same, so that a request to stop one of them stops all.
    """
    network.eval()
    device = normalise.mean.device
    loss = 0.0
    predicted = np.empty(len(part), np.int64)
    done = 0
    with torch.inference_mode():
        batches = part.batches(np.arange(len(part)), batch_size, lambda pixels, _: normalise(pixels))
        for pictures, labels in batches:
            with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
                logits = network(pictures)
            labels = labels.to(device)
            loss += F.cross_entropy(logits.float(), labels, reduction="sum").item()
            predicted[done : done + len(labels)] = logits.argmax(1).cpu().numpy()
            done += len(labels)
            on_progress(TaskProgress(title, done, len(part), together=together))
    right = predicted == part.labels
    per_class = [right[part.labels == label].mean() for label in np.unique(part.labels)]
    return Evaluation(
        loss=loss / len(part), top1=float(right.mean()), mean_per_class=float(np.mean(per_class))
    )
