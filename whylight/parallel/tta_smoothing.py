"""Test-time smoothing: mean map over the image and its mirror at three contrasts.

Six explanations are averaged: pixel-level noise cancels, evidence remains.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.answers import answers_of
from whylight.box_questions import BoxExplainer, box_at, explain_boxes
from whylight.detection.boxes import Box, boxes_in_image, overlap
from whylight.drawing.heatmap import fuse
from whylight.explanation import Explanation
from whylight.methods.availability import gradient_method
from whylight.pair.card import Card
from whylight.perturbation.estimate import mean_colour
from whylight.perturbation.input_resize import at_input
from whylight.protocols import ImageExplainer
from whylight.tensor_names import BOXES, PLACE_SCORES
from whylight.view import View

CONTRASTS = (0.9, 1.0, 1.1)
"""Factors of the normalised image, as in pytorch-grad-cam."""


class SmoothedExplainer(BoxExplainer, ImageExplainer, Protocol):
    """The parts of `whylight.Explainer` that are smoothed."""


def smooth(
    explainer: SmoothedExplainer,
    image: NDArray[np.uint8],
    explanation: Explanation,
    *,
    fuse_layers: bool = False,
) -> Explanation:
    """Compute smoothed maps of the same scores by the same method.

    This is pytorch-grad-cam's `aug_smooth`: each map is scaled to 0..1 at the input size and flipped back,
    then the mean is taken. Unlike there, modified images are rounded to integers and clipped, since the
    forward graph takes uint8.

    Args:
        explainer: the model.
        image: RGB uint8 `[H, W, 3]`.
        explanation: the image's explanation, by a method in `whylight.methods.METHODS`. Of a detector, the
            box at the place of each score is looked for in each version: of the places that answer for its
            class that which overlaps it best. The region of a segmenter is mirrored with the image.
        fuse_layers: of a detector, join the maps of all its grids' layers.

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
            found = _mapped(
                explainer, at.model, altered.astype(np.uint8), explanation, mirrored, fuse_layers=fuse_layers
            )
            for index, map_ in enumerate(found.maps):
                scaled = fuse([map_], size, [found.map_placement])
                total[index] += scaled[:, ::-1] if mirrored else scaled
    total /= 2 * len(CONTRASTS)
    return replace(explanation, maps=total, gradients=None, repeatability=None)


def _mapped(
    explainer: SmoothedExplainer,
    of_inputs: SmoothedExplainer,
    altered: NDArray[np.uint8],
    explanation: Explanation,
    mirrored: bool,
    *,
    fuse_layers: bool,
) -> Explanation:
    """Explain the scores of an image in an altered version of it.

    Args:
        explainer: the model.
        of_inputs: the same, for images prepared for the network.
        altered: the version, RGB uint8 `[h, w, 3]`.
        explanation: of the image.
        mirrored: whether it is a mirror image.
        fuse_layers: see `smooth`.
    """
    card, weights, method = explainer.card, explanation.score_weights, explanation.method
    places = explanation.place_weights
    first = of_inputs.forward_only(altered, top=1)
    if card.detector is not None and places is not None:
        boxes = _boxes_in(first, explanation, places.argmax(axis=1), card, mirrored=mirrored)
        return explain_boxes(of_inputs, altered, boxes, weights, gradient_method(method), fuse=fuse_layers)
    if card.segmenter is None or places is None:
        return explainer.map_for_weights(first, weights, method)
    grid = places.reshape(len(places), *card.segmenter.grid)
    turned = grid[:, :, ::-1].reshape(places.shape) if mirrored else places
    return explainer.map_for_weights(first, weights, method, place_weights=turned)


def _boxes_in(
    version: Explanation, explanation: Explanation, places: NDArray[np.intp], card: Card, *, mirrored: bool
) -> list[Box]:
    """Return the boxes of a version that are those at places of the image itself."""
    assert card.detector is not None
    whole = View.whole(card.input_size, card.input_size)
    before, after = (
        boxes_in_image(each.tensors[BOXES][0], card.detector, whole) for each in (explanation, version)
    )
    answers = answers_of(
        version.tensors[PLACE_SCORES][0], card.answers, of_logarithm=card.logits_are_logarithms
    )
    found = []
    for place, index in zip(places, explanation.classes, strict=True):
        left, top, right, bottom = before[place]
        width = card.input_size[1]
        box = np.array([width - right, top, width - left, bottom] if mirrored else before[place], np.float32)
        shared = overlap(box, after)
        likeness = answers[index] * (shared if shared.any() else 1)
        found.append(box_at(version, card, index, int(likeness.argmax())))
    return found
