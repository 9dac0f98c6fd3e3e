"""Choose the classes of a segmenter to explain where none is named."""

from __future__ import annotations

import numpy as np

from whylight.explanation import Explanation
from whylight.pair.card import Card
from whylight.region_questions import RegionLike, answers_over, region_places, top_classes


def classes_of_region(
    answered: Explanation, card: Card, region: RegionLike | None, top: int
) -> tuple[int, ...]:
    """Return the classes of a segmenter to explain if none is named.

    In a region it is the class that answers highest there, else the largest but for the background.

    Args:
        answered: the image, answered by a segmenter.
        card: of the segmenter.
        region: None for the whole image.
        top: the most classes.
    """
    if region is None:
        return top_classes(answered, card, top)
    (weights,) = region_places(region, card, answered.image_size, 1)
    answers = answers_over(answered, weights, card)
    return tuple(int(index) for index in np.argsort(-answers, kind="stable")[:top])
