"""Fit of a network's last linear layer to frozen features.

It is a multinomial logistic regression by L-BFGS. The features, those of the images and of their mirror
images, are standardised; the penalty is

    l2 / 2 * |W|^2   per sample, for the weights W of standardised features

and scale and shift are folded into the layer afterwards, so that the network stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from whylight.common.atomic_file import write_whole

from ..data.batches import Batches, Normaliser
from ..progress.event import OnProgress, ProgressEvent

L2 = 1e-3
"""Penalty per sample."""
MOST_STEPS = 200
"""Steps of L-BFGS, of one to two evaluations each."""
BATCH = 16
"""Images per forward pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadFit:
    """A fitted linear layer."""

    weight: Tensor
    """float32 `[K, D]`."""
    bias: Tensor
    """float32 `[K]`."""
    loss: float
    """Mean cross-entropy over the samples, in nats, without the penalty."""
    right: float
    """Fraction of the samples whose largest score is their class's."""


def fit_head(
    features: Tensor,
    labels: Tensor,
    class_count: int,
    *,
    l2: float = L2,
    steps: int = MOST_STEPS,
    on_step: Callable[[int, float], None] = lambda _step, _loss: None,
) -> HeadFit:
    """Fit a linear layer from features to classes.

    Args:
        features: float32 `[n, D]`.
        labels: int64 `[n]`, each in 0..K-1.
        class_count: K.
        l2: penalty per sample.
        steps: largest number of steps.
        on_step: called with the number of evaluations and the loss.
    """
    mean = features.mean(0)
    scale = features.std(0, unbiased=False)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))  # a feature that never changes
    standard = (features - mean) / scale
    weight = torch.zeros(class_count, features.shape[1], requires_grad=True)
    bias = torch.zeros(class_count, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weight, bias], max_iter=steps, history_size=10, tolerance_grad=1e-5, line_search_fn="strong_wolfe"
    )
    evaluations = 0

    def evaluate() -> float:
        nonlocal evaluations
        optimiser.zero_grad()
        loss = F.cross_entropy(F.linear(standard, weight, bias), labels) + l2 / 2 * (weight**2).sum()
        torch.autograd.backward(loss)
        evaluations += 1
        value = loss.item()
        on_step(evaluations, value)
        return value

    optimiser.step(evaluate)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        scores = F.linear(standard, weight, bias)
        loss = float(F.cross_entropy(scores, labels))
        right = float((scores.argmax(1) == labels).float().mean())
        folded = weight / scale
        return HeadFit(weight=folded, bias=bias - folded @ mean, loss=loss, right=right)


def read_features(
    network: nn.Module,
    head: nn.Linear,
    part: Batches,
    normalise: Normaliser,
    on_progress: OnProgress,
    cache: Path | None = None,
) -> Tensor:
    """Return the inputs of a network's last layer, float32 `[2 n, D]`.

    First come those of the n images, then those of their mirror images.

    Args:
        network: the network, in evaluation mode.
        head: its last layer.
        part: n images at the size on which the network will be used.
        normalise: normaliser of its input.
        on_progress: called after each batch; may raise to stop.
        cache: file in which features are kept; they are read from it if it exists.
    """
    if cache is not None and cache.exists():
        return torch.from_numpy(np.load(cache))
    taken: list[Tensor] = []
    hook = head.register_forward_pre_hook(lambda _module, inputs: taken.append(inputs[0].float().cpu()))
    count, features = len(part), []
    try:
        with torch.inference_mode():
            for mirrored in (False, True):
                done = count * mirrored
                batches = part.batches(np.arange(count), BATCH, lambda pixels, _: normalise(pixels))
                for images, labels in batches:
                    network(images.flip(3) if mirrored else images)
                    features.append(taken.pop())
                    done += len(labels)
                    on_progress(ProgressEvent("Reading features", done, 2 * count))
    finally:
        hook.remove()
    found = torch.cat(features).clone()
    if cache is not None:
        write_whole(cache, lambda beside: _write(beside, found))
    return found


def features_file(folder: Path, *facts: object) -> Path:
    """Return the cache file of features that depend on `facts`."""
    return folder / f"features-{hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}.npy"


def _write(path: Path, features: Tensor) -> None:
    with path.open("wb") as file:
        np.save(file, features.numpy())
