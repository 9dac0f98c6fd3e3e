"""Choose the classes of a segmenter to explain where none is named."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whylight.answers import answers_of
from whylight.asking.asked import AskedExplainer
from whylight.region_questions import RegionLike, region_places, top_classes
from whylight.tensor_names import PLACE_SCORES


def classes_of_region(
    explainer: AskedExplainer, pixels: NDArray[np.uint8], region: RegionLike | None, top: int
) -> tuple[int, ...]:
    """Return the classes of a segmenter to explain if none is named.

    In a region it is the class that answers highest there, else the largest but for the background.

    Args:
        explainer: of a segmenter.
        pixels: RGB uint8 `[H, W, 3]`.
        region: None for the whole image.
        top: the most classes.
    """
    card = explainer.card
    explanation = explainer.forward_only(pixels, top=1)
    if region is None:
        return top_classes(explanation, card, top)
    (weights,) = region_places(region, card, explanation.image_size, 1)
    scores = explanation.tensors[PLACE_SCORES][0]
    answers = answers_of(scores.T, card.answers, of_logarithm=False).T @ weights
    return tuple(int(index) for index in np.argsort(-answers, kind="stable")[:top])
