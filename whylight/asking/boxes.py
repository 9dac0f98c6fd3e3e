"""Answer questions about boxes: why of their class, why there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from whylight.asking.asked import Asked, AskedExplainer
from whylight.asking.masks import explain_masks
from whylight.box_questions import (
    CLASS,
    MASK,
    POSITION,
    QUESTIONS,
    box_near,
    box_question_words,
    boxes_asked,
    explain_boxes,
    explain_position,
    require_detector,
)
from whylight.class_names import Target, find_class
from whylight.detection.boxes import LEAST_SCORE, Box
from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.parallel.tta_smoothing import smooth
from whylight.result import Result
from whylight.score_weights import make_questions


@dataclass(frozen=True, slots=True)
class NamedBoxes:
    """Boxes that are asked about."""

    boxes: Sequence[Box]
    against: bool
    """Whether it is asked what speaks against them."""
    answered: Explanation | None = None
    """The image, if it was answered to find them."""


def boxes_named(explainer: AskedExplainer, pixels: NDArray[np.uint8], asked: Asked) -> NamedBoxes | None:
    """Return the boxes asked about; None for classes.

    Boxes are named, lie at a spot, or are the best found where a detector is asked without a target.

    Args:
        explainer: of any model.
        pixels: RGB uint8 `[H, W, 3]`.
        asked: what is asked.

    Raises:
        QuestionError: a spot goes without a class, or boxes and classes are mixed.
    """
    target = asked.target
    boxes = boxes_asked(target)
    if asked.at is not None:
        if boxes is not None or target is None or isinstance(target, (list, tuple)):
            raise QuestionError("a spot is asked about with one class as the target")
        require_detector(explainer.card)
        index = find_class(cast("Target", target), explainer.class_names, explainer.card.further_names)
        answered = explainer.forward_only(pixels, top=1)
        box = box_near(answered, explainer.card, index, asked.at)
        # Where the class was not found the question is what speaks against it.
        against = asked.against or (asked.rather_than is None and box.score < LEAST_SCORE)
        return NamedBoxes((box,), against, answered)
    if boxes is None and target is None and explainer.is_detector and not asked.is_contrast:
        answered = explainer.forward_only(pixels, top=1)
        boxes = explainer.boxes_of(answered)[: asked.top] or None
        if boxes is not None:
            return NamedBoxes(boxes, asked.against, answered)
    return None if boxes is None else NamedBoxes(boxes, asked.against)


def ask_boxes(
    explainer: AskedExplainer,
    pixels: NDArray[np.uint8],
    name: str,
    named: NamedBoxes,
    asked: Asked,
) -> Result:
    """Explain boxes.

    Args:
        explainer: of a detector.
        pixels: RGB uint8 `[H, W, 3]`.
        name: of the image.
        named: M boxes.
        asked: what is asked about each.

    Raises:
        QuestionError: there is no such question, class or method, or the arguments contradict each other.
    """
    boxes, against = named.boxes, named.against
    card, names = explainer.card, explainer.class_names
    if asked.question not in QUESTIONS:
        raise QuestionError(
            "there is no question '{question}' about a box; there are {known}",
            question=asked.question,
            known=", ".join(QUESTIONS),
        )
    classes = [box.class_index for box in boxes]
    questions = make_questions(classes, names, asked.rather_than, against, card.further_names)
    if asked.region is not None and asked.question != MASK:
        raise QuestionError("a region is asked about with the question 'mask'")
    if asked.smooth and asked.question != CLASS:
        raise QuestionError("only the question 'class' about a box is smoothed")
    if asked.question == MASK:
        if asked.rather_than is not None or asked.fuse:
            raise QuestionError("a mask has no other class, and is not fused")
        explanation = explain_masks(
            explainer, pixels, boxes, asked.method_name, region=asked.region, against=against
        )
        words = tuple(f"why is this the mask of {box.class_name} at {box.position}?" for box in boxes)
    elif asked.question == POSITION:
        if asked.rather_than is not None or against or asked.fuse:
            raise QuestionError("a position has no other class, nothing against it, and is not fused")
        explanation = explain_position(explainer, pixels, boxes, asked.method_name)
        words = tuple(f"why does {box.class_name} lie at {box.position}?" for box in boxes)
    else:
        weights = np.concatenate([question.weights(len(names)) for question in questions])
        explanation = explain_boxes(
            explainer, pixels, boxes, weights, asked.method_name, named.answered, fuse=asked.fuse
        )
        if asked.smooth:
            explanation = smooth(explainer, pixels, explanation, fuse_layers=asked.fuse)
        words = tuple(
            box_question_words(each, box, names) for each, box in zip(questions, boxes, strict=True)
        )
    found = explainer.boxes_of(explanation)
    return Result(explanation, pixels, names, words, name, found, asked=tuple(boxes))
