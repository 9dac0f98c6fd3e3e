"""RISE (Petsiuk, Das and Saenko, BMVC 2018, arXiv 1806.07421)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from whylight.explanation import Explanation
from whylight.perturbation.estimate import BATCH, PerturbationResult
from whylight.perturbation.masked_input import masked_scores
from whylight.perturbation.random_masks import average_masks
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
    yield from average_masks(
        masked_scores(model, image, explanation.score_weights),
        model.card.input_size,
        masks=masks,
        grid=grid,
        shown=shown,
        seed=seed,
        batch=batch,
    )
