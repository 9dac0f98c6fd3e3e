"""Test-time smoothing: mean map over the image and its mirror at three contrasts.

Six explanations are averaged: pixel-level noise cancels, evidence remains.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.drawing.heatmap import fuse
from whylight.explanation import Explanation
from whylight.perturbation.estimate import mean_colour
from whylight.perturbation.input_resize import at_input
from whylight.protocols import ImageExplainer

CONTRASTS = (0.9, 1.0, 1.1)
"""Factors of the normalised image, as in pytorch-grad-cam."""


def smooth(explainer: ImageExplainer, image: NDArray[np.uint8], explanation: Explanation) -> Explanation:
    """Compute smoothed maps of the same scores by the same method.

    This is pytorch-grad-cam's `aug_smooth`: each map is scaled to 0..1 at the input size and flipped back,
    then the mean is taken. Unlike there, modified images are rounded to integers and clipped, since the
    forward graph takes uint8.

    Args:
        explainer: the model.
        image: RGB uint8 `[H, W, 3]`.
        explanation: the image's explanation, by a method in `whylight.methods.METHODS`.

    Returns:
        The explanation with maps float32 `[M, H, W]` of the card's input size, in 0..1, and without
        gradients.
    """
    size = explainer.card.input_size
    at = at_input(explainer, image)
    colour = mean_colour(explainer)
    total = np.zeros((len(explanation.maps), *size), np.float32)
    for mirrored in (False, True):
        seen = cv2.flip(at.image, 1) if mirrored else at.image
        for contrast in CONTRASTS:
            # Contrast of the normalised image, expressed in pixel values.
            altered = np.rint(np.clip((seen - colour) * np.float32(contrast) + colour, 0, 255))
            if at.padding is not None:
                altered[at.padding[:, ::-1] if mirrored else at.padding] = at.image[at.padding][0]
            first = at.model.explain(altered.astype(np.uint8), classes=[0])
            found = explainer.map_for_weights(first, explanation.score_weights, explanation.method)
            for index, map_ in enumerate(found.maps):
                scaled = fuse([map_], size, [found.map_placement])
                total[index] += scaled[:, ::-1] if mirrored else scaled
    total /= 2 * len(CONTRASTS)
    return replace(explanation, maps=total, gradients=None, repeatability=None)
