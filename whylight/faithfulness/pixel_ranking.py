"""Ranking of pixels by evidence, and probabilities of modified images."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.perturbation.estimate import BATCH, batches
from whylight.protocols import AnsweringClassifier

Score = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Function from answers `[N, K]` to the number that is measured for each image, `[N]`."""


def evidence_ranks(
    map_: NDArray[np.float32], size: tuple[int, int], padding: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Rank pixels by evidence, 0 the strongest: `[H, W]`.

    The signed map `[h, w]` is resized bilinearly to `size`; negative evidence comes last. Ties are broken by
    a fixed random order: in reading order, the top of the image would always come first. Where there is
    `padding`, bool `[H, W]`, which is no part of the image, the ranks are behind all others.
    """
    height, width = size
    evidence = np.asarray(cv2.resize(map_, (width, height)), np.float32).ravel()
    if padding is not None:
        evidence = np.where(padding.ravel(), np.float32(-np.inf), evidence)
    shuffled = np.random.default_rng(0).permutation(evidence.size)
    ranks = np.empty(evidence.size, np.int64)
    ranks[shuffled[np.argsort(-evidence[shuffled], kind="stable")]] = np.arange(evidence.size)
    return ranks.reshape(size)


def class_probabilities(
    explainer: AnsweringClassifier,
    images: NDArray[np.uint8],
    class_index: int,
    batch: int = BATCH,
    score: Score | None = None,
) -> NDArray[np.float32]:
    """Return a class's probability, or another score, for `[N, H, W, 3]`: `[N]`."""
    parts = [explainer.answers(images[part]) for part in batches(len(images), batch)]
    answers = np.concatenate(parts)
    return answers[:, class_index] if score is None else score(answers)
