"""Test-time smoothing: mean map of the image and its mirror at three contrasts.

Six explanations for one: noise that depends on the single pixel averages out, what the network means stays.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.drawing.heatmap import normalize_map
from whylight.explanation import Explanation
from whylight.perturbation.estimate import mean_colour
from whylight.perturbation.input_resize import resize_to_input
from whylight.protocols import ImageExplainer

CONTRASTS = (0.9, 1.0, 1.1)
"""Factors of the normalised image, those of pytorch-grad-cam."""


def smooth(explainer: ImageExplainer, image: NDArray[np.uint8], explanation: Explanation) -> Explanation:
    """Explain the same scores by the same method with smoothed maps.

    The definition is that of pytorch-grad-cam's `aug_smooth`: every map is scaled to 0..1 at the input's
    size and turned back, then the mean is taken. Unlike there, altered images are rounded to whole
    levels and cut off at black and white, since they enter by the forward graph's uint8 input.

    Args:
        explainer: the model.
        image: RGB uint8 `[H, W, 3]`.
        explanation: the image's, of a method in `whylight.methods.METHODS`.

    Returns:
        The explanation with maps float32 `[M, H, W]` of the card's input size, in 0..1, and without
        gradients, since these would be of one of the images only.
    """
    size = explainer.card.input_size
    resized = resize_to_input(explainer, image)
    colour = mean_colour(explainer)
    total = np.zeros((len(explanation.maps), *size), np.float32)
    for mirrored in (False, True):
        seen = cv2.flip(resized, 1) if mirrored else resized
        for contrast in CONTRASTS:
            altered = np.rint(np.clip((seen - colour) * np.float32(contrast) + colour, 0, 255))
            first = explainer.explain(altered.astype(np.uint8), classes=[0])
            maps = explainer.map_for_weights(first, explanation.score_weights, explanation.method).maps
            for index, map_ in enumerate(maps):
                scaled = normalize_map(map_, size)
                total[index] += scaled[:, ::-1] if mirrored else scaled
    total /= 2 * len(CONTRASTS)
    return replace(explanation, maps=total, gradients=None)
