"""Partial results of perturbation methods; masked images and their scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.protocols import Classifier
from whylight.tensor_names import ACTIVATIONS

BATCH = 8
"""Images per forward pass; needs 300 MB with the bundled model."""


@dataclass(frozen=True, slots=True)
class PerturbationResult:
    """Progress and current maps of a perturbation method."""

    maps: NDArray[np.float32]
    """float32 `[M, h, w]`, not normalised; final when `done` equals `total`."""
    done: int
    """Number of forward passes so far."""
    total: int
    repeatability: NDArray[np.float32] | None = None
    """Estimated correlation of each map with that of as many other random choices, float32 `[M]` in 0..1;
    None if nothing is random, or there is no estimate yet."""


def activations_of(explanation: Explanation, method: str) -> NDArray[np.float32]:
    """Return the image's activations `[1, C, h, w]`.

    Raises:
        QuestionError: the model has no layer with a map.
    """
    if ACTIVATIONS not in explanation.tensors:
        raise QuestionError(
            "the model has no layer with a map, which {method} needs; choose occlusion or RISE", method=method
        )
    return explanation.tensors[ACTIVATIONS]


def batches(total: int, size: int = BATCH) -> Iterator[slice]:
    """Yield consecutive slices of at most `size` that cover `total` items."""
    return (slice(start, min(start + size, total)) for start in range(0, total, size))


def mean_colour(model: Classifier) -> NDArray[np.float32]:
    """Return the RGB colour in 0..255 that the forward graph normalises to zero."""
    return np.clip(255 * np.asarray(model.card.mean, np.float32), 0, 255)


def apply_masks(image: NDArray[np.uint8], kept: NDArray[np.float32], under: ArrayLike) -> NDArray[np.uint8]:
    """Blend an image with a background by masks; returns uint8 `[N, H, W, 3]`.

    Args:
        image: RGB uint8 `[H, W, 3]`.
        kept: weight of the image at each pixel, 0 to 1, `[N, H, W]`.
        under: background, a colour or an image in 0..255 that broadcasts to `[H, W, 3]`.
    """
    lowest = np.asarray(under, np.float32)
    blended = kept[..., None] * (image - lowest) + lowest
    return np.rint(blended).astype(np.uint8)


def scores(
    model: Classifier, images: NDArray[np.uint8], score_weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return scores float32 `[N, M]` of images `[N, H, W, 3]` for weights `[M, K]`."""
    return weighted_logits(model.logits(images), score_weights)


def weighted_logits(logits: NDArray[np.float32], score_weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return scores float32 `[N, M]` of logits `[N, K]` for score weights `[M, K]`."""
    return np.asarray(np.einsum("nk,mk->nm", logits, score_weights), np.float32)
