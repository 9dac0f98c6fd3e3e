"""Ask a segmenter about regions, and read what it found."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.images.decode import as_rgb
from whylight.pair.card import Card
from whylight.segmentation.description import SegmenterDescription, background_class
from whylight.segmentation.letters import Letter, read_letters
from whylight.segmentation.regions import Region, Segment, find_segments, label_map, place_weights_of
from whylight.tensor_names import PLACE_SCORES
from whylight.view import View

RegionLike = Region | str | os.PathLike[str]
"""A region, or the file of a mask: an image of the same size, black where it is not asked about."""


def require_segmenter(card: Card) -> SegmenterDescription:
    """Return how a segmenter is read.

    Raises:
        QuestionError: the model is no segmenter.
    """
    if card.segmenter is None:
        raise QuestionError("'{model}' is no segmenter: it has no regions", model=card.name)
    return card.segmenter


def read_segments(explanation: Explanation, card: Card) -> tuple[Segment, ...]:
    """Return the classes found in an explained image, the largest region first.

    Raises:
        QuestionError: the model is no segmenter.
    """
    require_segmenter(card)
    return find_segments(explanation.tensors[PLACE_SCORES][0], card.answers, tuple(card.classes))


def read_line(explanation: Explanation, card: Card) -> tuple[Letter, ...]:
    """Return the letters read in an explained image; empty for other models."""
    if card.segmenter is None or not card.segmenter.is_line:
        return ()
    view = _view(explanation.image_size, card)
    return read_letters(explanation.tensors[PLACE_SCORES][0], card.classes, card.segmenter, view)


def read_labels(explanation: Explanation, card: Card) -> NDArray[np.int16]:
    """Return the class of each pixel of an explained image, int16 `[H, W]`.

    It is -1 where the image was not seen, or no class was found.

    Raises:
        QuestionError: the model is no segmenter.
    """
    description = require_segmenter(card)
    scores = explanation.tensors[PLACE_SCORES][0]
    return label_map(scores, card.answers, description, _view(explanation.image_size, card))


def region_places(
    region: RegionLike, card: Card, image_size: tuple[int, int], scores: int
) -> NDArray[np.float32]:
    """Return place weights `[M, P]` for M scores over one region.

    Args:
        region: see `RegionLike`.
        card: of the segmenter.
        image_size: height and width of the image.
        scores: M.

    Raises:
        ImageError: the file of a mask cannot be read.
        QuestionError: the model is no segmenter, or the region is empty, unseen or of another size.
    """
    weights = read_region(region, require_segmenter(card), _view(image_size, card))
    return np.repeat(weights, scores, axis=0)


def read_region(region: RegionLike, description: SegmenterDescription, view: View) -> NDArray[np.float32]:
    """Return place weights `[1, P]` of a region, which add up to one.

    Args:
        region: see `RegionLike`.
        description: of the grid of places.
        view: of the image.

    Raises:
        ImageError: the file of a mask cannot be read.
        QuestionError: the region is empty, unseen or of another size.
    """
    if isinstance(region, (str, os.PathLike)):
        region = np.asarray(as_rgb(Path(region)).max(axis=2) > 0)
    return place_weights_of(region, description, view)


def top_classes(explanation: Explanation, card: Card, top: int) -> tuple[int, ...]:
    """Return the classes to explain if none is named, the largest regions first.

    It is the background only where nothing else is found.
    """
    found = [segment.class_index for segment in read_segments(explanation, card)]
    background = background_class(card.classes)
    return tuple([index for index in found if index != background][:top] or found[:1])


def _view(image_size: tuple[int, int], card: Card) -> View:
    return card.view(image_size) or View.whole(image_size, card.input_size)
