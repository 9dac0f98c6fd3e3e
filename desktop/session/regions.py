"""Regions of a segmenter that questions are about.

The engine is imported in functions, as in `rendering`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .question import Question, Region, RegionKind

if TYPE_CHECKING:
    from whylight.explanation import Explanation
    from whylight.pair.card import Card


def first_question(explanation: Explanation, card: Card) -> Question:
    """Return what a segmented image is explained for at first.

    It is the first letter of a line of text, else the largest class but for the background.
    """
    from whylight.region_questions import top_classes

    assert explanation.regions is not None
    if explanation.regions.letters:
        return letter_question(explanation, 0)
    (index,) = top_classes(explanation, card, 1) or explanation.classes[:1]
    return located(explanation, card, Question(index), None)


def located(
    explanation: Explanation, card: Card, question: Question, spot: tuple[float, float] | None
) -> Question:
    """Return a question with its region.

    Args:
        explanation: of a segmenter, with what was found.
        card: of the segmenter.
        question: about a class.
        spot: x and y in pixels of the image: asks about the connected region there; None about all places
            where the class is found, or that where it scores highest.

    Raises:
        QuestionError: the model did not see the image at the spot.
    """
    from whylight.region_questions import require_segmenter, view_of
    from whylight.segmentation.regions import seen_places
    from whylight.tensor_names import PLACE_SCORES

    assert explanation.regions is not None
    labels, index = explanation.regions.labels, question.class_index
    if spot is not None:
        region = patch(explanation, card, spot)
        letters = [letter.step for letter in explanation.regions.letters]
        if region.place in letters:
            region = replace(region, letter=letters.index(region.place))
        return replace(question, region=region, is_found=labels.flat[region.place] == index)
    found = np.asarray(labels == index)
    seen = seen_places(require_segmenter(card), view_of(explanation.image_size, card))
    if found.any():
        return replace(question, region=_region(RegionKind.WHOLE, found, seen))
    scores = explanation.tensors[PLACE_SCORES][0][index]
    best = np.zeros(labels.size, np.bool_)
    best[int(np.where(seen.reshape(-1), scores, -np.inf).argmax())] = True
    return replace(question, region=_region(RegionKind.BEST, best), is_found=False)


def patch(explanation: Explanation, card: Card, spot: tuple[float, float]) -> Region:
    """Return the connected region at a spot; of a line of text its step.

    The spot is x and y in pixels of the image.

    Raises:
        QuestionError: the model did not see the image there.
    """
    from whylight.region_questions import require_segmenter, view_of
    from whylight.segmentation.regions import cell_at, patch_at, seen_places

    assert explanation.regions is not None
    description = require_segmenter(card)
    cell = cell_at(spot, description, view_of(explanation.image_size, card))
    if description.is_line:
        at = np.zeros(explanation.regions.labels.shape, np.bool_)
        at[cell] = True
        return _region(RegionKind.LETTER, at)
    seen = seen_places(description, view_of(explanation.image_size, card))
    return _region(RegionKind.PATCH, patch_at(explanation.regions.labels, cell) & seen, seen)


def letter_question(explanation: Explanation, number: int) -> Question:
    """Return the question why a letter was read."""
    assert explanation.regions is not None
    letter = explanation.regions.letters[number]
    at = np.zeros(explanation.regions.labels.size, np.bool_)
    at[letter.step] = True
    return Question(letter.class_index, region=replace(_region(RegionKind.LETTER, at), letter=number))


def _region(kind: RegionKind, found: NDArray[np.bool_], seen: NDArray[np.bool_] | None = None) -> Region:
    """Return the region of the places `found`; its share is of those `seen`, or all."""
    flat = found.reshape(-1)
    weights = np.asarray(flat / np.float32(flat.sum()), np.float32)
    of = flat.size if seen is None else max(int(seen.sum()), 1)
    return Region(kind, int(flat.argmax()), weights, float(flat.sum()) / of)


def region_mask(
    region: Region, explanation: Explanation, card: Card, size: tuple[int, int]
) -> NDArray[np.bool_]:
    """Return where a region lies in an image shown at a size, bool `[H, W]`."""
    from whylight.region_questions import mask_of_places

    return mask_of_places(region.weights, card, explanation.image_size, size)


def share_inside(
    region: Region | None, explanation: Explanation, card: Card, evidence: NDArray[np.float32]
) -> float | None:
    """Return the share of the evidence `[h, w]` inside a region; None without either.

    A letter, or a single place, is too narrow to hold evidence.
    """
    total = float(evidence.sum())
    if region is None or region.kind in (RegionKind.LETTER, RegionKind.BEST) or total <= 0:
        return None
    height, width = evidence.shape
    return float(evidence[region_mask(region, explanation, card, (height, width))].sum()) / total
