"""ROAD, remove and debias (Rong et al., ICML 2022, arXiv 2202.00449).

Deletion leaves grey areas that reveal the shape of what was removed. ROAD imputes removed pixels from their
neighbours instead, and compares removing the strongest evidence with removing the weakest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from whylight.errors import QuestionError
from whylight.faithfulness.linear_imputation import impute_linear
from whylight.faithfulness.pixel_ranking import Score, class_probabilities, evidence_ranks
from whylight.perturbation.estimate import BATCH
from whylight.perturbation.input_resize import at_input
from whylight.protocols import AnsweringClassifier

PERCENTILES = (10, 20, 30, 40, 50, 60, 70, 80, 90)
"""Percentages of pixels kept, as in pytorch-grad-cam."""

NOISE = 0.01
"""Standard deviation of the noise on imputed pixels, as in pytorch-grad-cam."""


def road(
    explainer: AnsweringClassifier,
    image: NDArray[np.uint8],
    map_: NDArray[np.float32],
    class_index: int,
    *,
    percentiles: Sequence[float] = PERCENTILES,
    noise: float = NOISE,
    seed: int = 0,
    batch: int = BATCH,
    score: Score | None = None,
) -> float:
    """Compare the loss without the strongest evidence to that without the weakest.

        mean over percentiles p of  (p_c(weakest removed) - p_c(strongest removed)) / 2

    where p per cent of the pixels are kept and p_c is the class's probability: pytorch-grad-cam's
    `ROADCombined` with a softmax target. Between -0.5 and 0.5, higher is better; an uninformative map has 0.

    Args:
        explainer: the model.
        image: RGB uint8 `[H, W, 3]`; resized to the card's input size first.
        map_: `[h, w]`, not normalised.
        class_index: the class whose probability is measured.
        percentiles: percentages of pixels kept, each above 0 and at most 100.
        noise: standard deviation of the noise on imputed pixels, in units of the normalised input.
        seed: seed of the noise.
        batch: images per forward pass.
        score: measured instead of the class's probability.

    Raises:
        QuestionError: there is no such class, or a percentile is out of range.
    """
    if not 0 <= class_index < explainer.class_count:
        raise QuestionError(
            "there is no class {index}: the model has classes 0 to {last}",
            index=class_index,
            last=explainer.class_count - 1,
        )
    if len(percentiles) == 0 or not all(0 < percentile <= 100 for percentile in percentiles):
        raise QuestionError(
            "percentiles {percentiles}: expected numbers above 0 and at most 100",
            percentiles=list(percentiles),
        )
    seen = at_input(explainer, image)
    resized = seen.image
    ranks = evidence_ranks(map_, resized.shape[:2], seen.padding)
    pixels = ranks.size if seen.padding is None else int((~seen.padding).sum())
    always = np.zeros(ranks.shape, np.bool_) if seen.padding is None else seen.padding
    random = np.random.default_rng(seed)
    deviation = np.float32(255 * noise) * np.asarray(explainer.card.std, np.float32)
    signed = 0.0
    for percentile in percentiles:
        # The number of values strictly below numpy's interpolated percentile.
        count = int(np.ceil(percentile / 100 * (pixels - 1)))
        levels = random.standard_normal((2, *resized.shape), np.float32) * deviation
        strongest_gone = impute_linear(resized, ranks >= pixels - count, levels[0])
        weakest_gone = impute_linear(resized, (ranks < count) | always, levels[1])
        with_most, with_least = class_probabilities(
            seen.model, np.stack([weakest_gone, strongest_gone]), class_index, batch, score
        )
        signed += float(with_most - with_least) / 2
    return signed / len(percentiles)
