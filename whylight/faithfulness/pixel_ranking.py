"""Pixels ranked by a map's evidence, and scores of altered images."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.explainer import Explainer
from whylight.perturbation.estimate import BATCH, batches


def evidence_ranks(map_: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.int64]:
    """Each pixel's place in the order of evidence, 0 the strongest: `[H, W]`.

    The map `[h, w]` is resized bilinearly to `size` as it is, with what speaks against the score, which comes
    last. Pixels of equal evidence come in a random order, always the same: in reading order, the top of the
    image would go first.
    """
    height, width = size
    evidence = np.asarray(cv2.resize(map_, (width, height)), np.float32).ravel()
    shuffled = np.random.default_rng(0).permutation(evidence.size)
    ranks = np.empty(evidence.size, np.int64)
    ranks[shuffled[np.argsort(-evidence[shuffled], kind="stable")]] = np.arange(evidence.size)
    return ranks.reshape(size)


def class_probabilities(
    explainer: Explainer, images: NDArray[np.uint8], class_index: int, batch: int = BATCH
) -> NDArray[np.float32]:
    """The probability of one class for each of `[N, H, W, 3]`, `batch` a forward run: float32 `[N]`."""
    parts = [explainer.answers(images[part]) for part in batches(len(images), batch)]
    return np.concatenate(parts)[:, class_index]
