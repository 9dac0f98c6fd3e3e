"""RISE (Petsiuk, Das and Saenko, BMVC 2018, arXiv 1806.07421)."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.perturbation.estimate import (
    BATCH,
    PerturbationResult,
    apply_masks,
    batches,
    mean_colour,
    scores,
)
from whylight.perturbation.input_resize import at_input
from whylight.protocols import Classifier


def rise(
    model: Classifier,
    image: NDArray[np.uint8],
    explanation: Explanation,
    *,
    masks: int = 1000,
    grid: int = 7,
    shown: float = 0.5,
    seed: int = 0,
    batch: int = BATCH,
) -> Iterator[PerturbationResult]:
    """Average random masks weighted by the scores of the masked images.

        L_m(x) = 1 / (N p)  sum_n  (s_mn - mean of s_m) M_n(x)

    Each mask M is a random `grid` x `grid` pattern of cells, shown with probability p, enlarged bilinearly to
    one cell more than the image and cropped at a random position (section 3.2). Equation 6 does not subtract
    the mean; doing so changes the expected map by a constant only and removes most of the noise, since scores
    here are logits and not probabilities.

    Args:
        model: the model.
        image: RGB uint8 `[H, W, 3]`.
        explanation: the image's explanation, whose scores are mapped.
        masks: N, the number of masks and forward passes. The paper uses 4,000 to 8,000.
        grid: rows and columns of the mask patterns.
        shown: p.
        seed: seed of the masks.
        batch: images per forward pass.

    Yields:
        Estimates with maps `[M, H, W]` of the card's input size, over the masks so far.

    Raises:
        QuestionError: a number is out of range.
    """
    if masks < 2 or grid < 1 or not 0 < shown < 1:
        raise QuestionError(
            "{masks} masks of {grid} x {grid} cells shown with {shown:g}; expected at least 2 "
            "masks, 1 cell, and a probability between 0 and 1",
            masks=masks,
            grid=grid,
            shown=shown,
        )
    random = np.random.default_rng(seed)
    size = model.card.input_size
    seen = at_input(model, image)
    colour = mean_colour(model)
    count = len(explanation.score_weights)
    # Running sums: the mean of the scores changes with every batch.
    score_sum = np.zeros(count)
    mask_sum = np.zeros(size)
    product_sum = np.zeros((count, *size))
    for part in batches(masks, batch):
        drawn = random_masks(random, part.stop - part.start, size, grid, shown)
        drawn = seen.without_padding(drawn)
        found = scores(seen.model, apply_masks(seen.image, drawn, colour), explanation.score_weights)
        score_sum += found.sum(axis=0)
        mask_sum += drawn.sum(axis=0)
        product_sum += np.einsum("nm,nhw->mhw", found, drawn)
        # Subtract the mean score so far.
        centred = product_sum - score_sum[:, None, None] / part.stop * mask_sum
        yield PerturbationResult((centred / (part.stop * shown)).astype(np.float32), part.stop, masks)


def random_masks(
    random: np.random.Generator, count: int, size: tuple[int, int], grid: int, shown: float
) -> NDArray[np.float32]:
    """Draw masks `[count, H, W]` in 0..1 as in the paper."""
    height, width = size
    cell_height, cell_width = -(-height // grid), -(-width // grid)
    masks = np.empty((count, height, width), np.float32)
    for mask in masks:
        choice = (random.random((grid, grid)) < shown).astype(np.float32)
        large = cv2.resize(choice, ((grid + 1) * cell_width, (grid + 1) * cell_height))
        top, left = random.integers(cell_height), random.integers(cell_width)
        mask[...] = large[top : top + height, left : left + width]
    return masks
