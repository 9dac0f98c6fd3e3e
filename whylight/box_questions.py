"""Explain boxes: scores at places, and where boxes lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from whylight.answers import answers_of
from whylight.detection.boxes import LEAST_SCORE, Box, boxes_in_image, find_boxes
from whylight.detection.description import SIDES, DetectorDescription
from whylight.detection.masks import mask_logits
from whylight.detection.spread import spread_evidence
from whylight.errors import Message, QuestionError
from whylight.explanation import Explanation
from whylight.further_scores import ScoreExplainer, explain_answered
from whylight.methods import METHODS
from whylight.pair.card import Card
from whylight.score_weights import Question
from whylight.tensor_names import BOXES, MASKS, PLACE_SCORES
from whylight.view import View

MOST_EXPLAINED = 5
"""Boxes of an image that are explained unless another number is asked for."""


@dataclass(frozen=True, slots=True)
class AskedBox:
    """A box that is explained, and the question about it."""

    box: Box
    index: int | None
    """Among the boxes found; None for one that was not found."""
    question: Question


@dataclass(frozen=True, slots=True)
class BoxChoice:
    """Choice of the found boxes to explain, and the questions asked of them.

    Args:
        most: how many boxes of an image are explained, the best first.
        questions: asked of the boxes of their class; without any, why each box is of its class.
        at: x and y in pixels of the image: each question is asked of the best box of its class there, whether
            it was found or not. Of one that was not found, "why" asks what speaks against it.

    Raises:
        QuestionError: `most` is below 1, or no question is asked at a spot.
    """

    most: int = MOST_EXPLAINED
    questions: tuple[Question, ...] = ()
    at: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.at is not None and not self.questions:
            raise QuestionError("a spot is asked about with a class: name it")
        if self.most < 1:
            raise QuestionError("{most} boxes an image were asked for; at least 1 is needed", most=self.most)

    def rows(self, boxes: Sequence[Box]) -> list[tuple[int, Question]]:
        """Return each explained box's index and its question, in the boxes' order."""
        asked = [(index, self._asked_of(box)) for index, box in enumerate(boxes)]
        chosen = [(index, questions) for index, questions in asked if questions][: self.most]
        return [(index, question) for index, questions in chosen for question in questions]

    def asked(self, explanation: Explanation, card: Card) -> list[AskedBox]:
        """Return the boxes of an image that are explained, with their questions.

        Args:
            explanation: of the image, with the boxes found.
            card: of the detector.

        Raises:
            QuestionError: the spot is not in the image.
        """
        boxes = explanation.boxes or ()
        if self.at is None:
            return [AskedBox(boxes[index], index, question) for index, question in self.rows(boxes)]
        asked = []
        for question in self.questions:
            box = box_near(explanation, card, question.class_index, self.at)
            known = [(each.place, each.class_index) for each in boxes]
            key = (box.place, box.class_index)
            index = known.index(key) if key in known else None
            is_plain = question.rather_than is None and not question.against
            against = replace(question, against=(is_plain and box.score < LEAST_SCORE) or question.against)
            asked.append(AskedBox(box, index, against))
        return asked

    def _asked_of(self, box: Box) -> list[Question]:
        if not self.questions:
            return [Question(box.class_index)]
        return [question for question in self.questions if question.class_index == box.class_index]


def box_question_words(question: Question, box: Box, class_names: Sequence[str]) -> str:
    """Return a question about a box as text: `why cat at 12, 30 to 80, 190?`."""
    return f"{question.words(class_names)[:-1]} at {box.position}?"


CLASS, POSITION, MASK = QUESTIONS = ("class", "position", "mask")
"""What is asked about a box: why it is of its class, lies there, or has its mask."""
GRID = "grid"
"""The layer of a box's own grid, wherever a layer is named."""
POSITION_METHOD = "hirescam"
"""Default method for positions."""


class BoxExplainer(ScoreExplainer, Protocol):
    """The parts of `whylight.Explainer` that explain boxes."""

    @property
    def layer(self) -> str:
        """The explained layer."""

    def boxes_of(self, explanation: Explanation) -> tuple[Box, ...]:
        """Return the boxes found in an explained image."""

    def box_explainer(self, box: Box, layer: str | None = None, *, part: str = PLACE_SCORES) -> BoxExplainer:
        """Return the explainer of a box's layer."""


def require_detector(card: Card) -> DetectorDescription:
    """Return how a detector is read.

    Raises:
        QuestionError: the model is no detector.
    """
    if card.detector is None:
        raise QuestionError("'{model}' is no detector: it finds no boxes", model=card.name)
    return card.detector


def describe_detector(card: Card) -> Message:
    """Return a detector in words: `detector: 80 classes, letterbox 640`.

    Raises:
        QuestionError: the model is no detector.
    """
    require_detector(card)
    height, width = card.input_size
    geometry = "stretch" if card.input is None else card.input.geometry
    size = str(height) if height == width else f"{height} x {width}"
    if len(card.classes) == 1:
        return Message("detector: 1 class, {geometry} {size}", geometry=geometry, size=size)
    return Message(
        "detector: {classes:,} classes, {geometry} {size}",
        classes=len(card.classes),
        geometry=geometry,
        size=size,
    )


def boxes_asked(target: Any) -> tuple[Box, ...] | None:
    """Return the boxes of a target; None if it names classes.

    Raises:
        QuestionError: it holds boxes and classes.
    """
    if isinstance(target, Box):
        return (target,)
    if not isinstance(target, (list, tuple)) or not any(isinstance(each, Box) for each in target):
        return None
    if not all(isinstance(each, Box) for each in target):
        raise QuestionError("boxes and classes cannot be asked together; ask one after the other")
    return tuple(target)


def read_boxes(
    explanation: Explanation, card: Card, *, least_score: float, most_overlap: float
) -> tuple[Box, ...]:
    """Return the boxes found in an explained image, the highest score first.

    Raises:
        QuestionError: the model is no detector.
    """
    description = require_detector(card)
    scores = explanation.tensors[PLACE_SCORES][0]
    view = explanation.view or View.whole(explanation.image_size, card.input_size)
    boxes = find_boxes(
        answers_of(scores, card.answers, of_logarithm=card.logits_are_logarithms),
        boxes_in_image(explanation.tensors[BOXES][0], description, view),
        tuple(card.classes),
        needs_nms=description.needs_nms,
        least_score=least_score,
        most_overlap=most_overlap,
    )
    return tuple(_with_mask(box, explanation, description, view) for box in boxes)


def _with_mask(box: Box, explanation: Explanation, description: DetectorDescription, view: View) -> Box:
    """Return a box with its mask, if the detector makes any."""
    if not description.masks or MASKS not in explanation.tensors:
        return box
    coefficients, prototypes = split_mask_parts(explanation.tensors[MASKS][0], description)
    return replace(box, mask_logits=mask_logits(coefficients[:, box.place], prototypes, box.corners, view))


def split_mask_parts(
    parts: NDArray[np.float32], description: DetectorDescription
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Split `[C, P + h w]` into coefficients `[C, P]` and prototypes `[C, h, w]`."""
    coefficients, prototypes = np.split(parts, [description.places], axis=1)
    return coefficients, prototypes.reshape(description.masks)


def box_at(explanation: Explanation, card: Card, class_index: int, place: int) -> Box:
    """Return the box at a place with the score of a class there, found or not.

    Raises:
        QuestionError: the model is no detector.
    """
    description = require_detector(card)
    view = explanation.view or View.whole(explanation.image_size, card.input_size)
    left, top, right, bottom = map(
        float, boxes_in_image(explanation.tensors[BOXES][0][:, [place]], description, view)[0]
    )
    score = float(answers_at(explanation, place, card)[class_index])
    box = Box(class_index, card.classes[class_index], score, (left, top, right, bottom), place)
    return _with_mask(box, explanation, description, view)


def best_box(explanation: Explanation, card: Card, class_index: int) -> Box:
    """Return the box at the place where a class scores highest, found or not.

    Raises:
        QuestionError: the model is no detector.
    """
    require_detector(card)
    place = int(explanation.tensors[PLACE_SCORES][0][class_index].argmax())
    return box_at(explanation, card, class_index, place)


def one_hot_places(boxes: Sequence[Box], places: int) -> NDArray[np.float32]:
    """Return place weights `[M, P]`, each of the place of one box.

    Raises:
        QuestionError: a box is not of this model.
    """
    weights = np.zeros((len(boxes), places), np.float32)
    for row, box in enumerate(boxes):
        if not 0 <= box.place < places:
            raise QuestionError(
                "the box has place {place}: the model has places 0 to {last}",
                place=box.place,
                last=places - 1,
            )
        weights[row, box.place] = 1
    return weights


def box_near(explanation: Explanation, card: Card, class_index: int, spot: tuple[float, float]) -> Box:
    """Return the box of a class at a spot of the image, whether it was found or not.

    Of the places whose box holds the spot it is that where the class scores highest; where none holds it, the
    place whose box has the nearest centre.

    Args:
        explanation: of the image.
        card: of a detector.
        class_index: the class.
        spot: x and y in pixels of the image.

    Raises:
        QuestionError: the model is no detector, or the spot is not in the image.
    """
    description = require_detector(card)
    x, y = spot
    height, width = explanation.image_size
    if not (0 <= x <= width and 0 <= y <= height):
        raise QuestionError(
            "the spot {x:g}, {y:g} is not in the image of {width} x {height} pixels",
            x=x,
            y=y,
            width=width,
            height=height,
        )
    view = explanation.view or View.whole(explanation.image_size, card.input_size)
    corners = boxes_in_image(explanation.tensors[BOXES][0], description, view)
    left, top, right, bottom = corners.T
    holds = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
    if holds.any():
        scores = explanation.tensors[PLACE_SCORES][0, class_index]
        place = int(np.where(holds, scores, -np.inf).argmax())
    else:
        place = int(np.hypot((left + right) / 2 - x, (top + bottom) / 2 - y).argmin())
    return box_at(explanation, card, class_index, place)


def explain_position(
    explainer: BoxExplainer, pixels: NDArray[np.uint8], boxes: Sequence[Box], method: str | None
) -> Explanation:
    """Explain where boxes lie: what the sides of each depend on.

    The gradients are those of left, top, right and bottom in pixels of the input. A side may move either way,
    so that what counts is the size of its evidence: the maps of the four are added without their signs.

    Args:
        explainer: of a detector.
        pixels: RGB uint8 `[H, W, 3]`.
        boxes: M boxes.
        method: as for `Explainer.explain`; None for HiResCAM, whose maps have signs.

    Raises:
        QuestionError: the model is no detector, there is no such method, or a box is not of this model.
    """
    description = require_detector(explainer.card)
    places = one_hot_places(boxes, description.places)
    maps = []
    for row, box in enumerate(boxes):
        at = explainer.box_explainer(box, part=BOXES)
        sides = at.explain_scores(
            pixels, description.sides, method or POSITION_METHOD, place_weights=places[[row] * len(SIDES)]
        )
        maps.append(replace(sides, maps=np.abs(sides.maps).sum(axis=0, keepdims=True)))
    asked = explainer.box_explainer(boxes[0]).forward_only(pixels, [box.class_index for box in boxes])
    size = explainer.card.input_size
    alone = len(maps) == 1
    return replace(
        asked,
        maps=maps[0].maps if alone else np.stack([_at_input(one, size)[0] for one in maps]),
        method=maps[0].method,
        place_weights=places,
        placement=maps[0].placement if alone else None,
        timings_ms={name: sum(each.timings_ms[name] for each in (asked, *maps)) for name in asked.timings_ms},
    )


def explain_boxes(
    explainer: BoxExplainer,
    pixels: NDArray[np.uint8],
    boxes: Sequence[Box],
    score_weights: NDArray[np.float32],
    method: str | None,
    answered: Explanation | None = None,
    *,
    fuse: bool = False,
) -> Explanation:
    """Explain the scores of boxes at the explainer's layer.

    Gradient methods' maps are spread over the fields of their cells (`whylight.detection.spread`), and so
    have one size, whatever layers they are of.

    Args:
        explainer: of a detector.
        pixels: RGB uint8 `[H, W, 3]`.
        boxes: M boxes.
        score_weights: the score of each, `[M, K]`.
        method: as for `Explainer.explain`.
        answered: of the same image by the same explainer, which saves a forward pass for its layer.
        fuse: join the maps of all grids' layers as LayerCAM's authors do.

    Raises:
        QuestionError: the model is no detector, there is no such method, or a box is not of this model.
    """
    places = one_hot_places(boxes, require_detector(explainer.card).places)
    if fuse:
        return _fused(explainer, pixels, boxes, score_weights, places, method)
    by_layer: dict[str, tuple[BoxExplainer, list[int]]] = {}
    for row, box in enumerate(boxes):
        at = explainer.box_explainer(box)
        by_layer.setdefault(at.layer, (at, []))[1].append(row)
    found = {
        layer: (
            rows,
            explain_answered(
                at, pixels, answered if at is explainer else None, score_weights[rows], method, places[rows]
            ),
        )
        for layer, (at, rows) in by_layer.items()
    }
    first = next(iter(found.values()))[1]
    size = explainer.card.input_size
    if METHODS[first.method].needs != "gradients":
        return first
    if len(found) == 1:
        return spread_over_fields(first, size)
    maps: list[NDArray[np.float32]] = [first.maps[0]] * len(boxes)
    for rows, explanation in found.values():
        for row, map_ in zip(rows, _at_input(explanation, size), strict=True):
            maps[row] = map_
    # What is kept for further questions is that of one layer.
    if explainer.layer in found:
        kept = found[explainer.layer][1]
    else:
        kept = explain_answered(explainer, pixels, answered, score_weights[:1], method, places[:1])
    together = replace(
        kept,
        classes=tuple(
            next(each.classes[rows.index(row)] for rows, each in found.values() if row in rows)
            for row in range(len(boxes))
        ),
        score_weights=score_weights,
        place_weights=places,
        maps=np.stack(maps),
        placement=None,
        gradients=None,
        timings_ms={
            name: sum(each.timings_ms[name] for _, each in found.values()) for name in first.timings_ms
        },
    )
    return spread_over_fields(together, size)


def explain_found(
    explainer: BoxExplainer, pixels: NDArray[np.uint8], choice: BoxChoice, method: str | None
) -> Explanation:
    """Explain boxes that a detector finds in an image.

    Args:
        explainer: of a detector.
        pixels: RGB uint8 `[H, W, 3]`.
        choice: which boxes, and what is asked of them.
        method: as for `Explainer.explain`.

    Returns:
        One score for each of `choice.asked(explanation, card)`; none where nothing was found.

    Raises:
        QuestionError: the model is no detector, or there is no such method.
    """
    answered = explainer.forward_only(pixels, top=1)
    answered = replace(answered, boxes=explainer.boxes_of(answered))
    asked = choice.asked(answered, explainer.card)
    if not asked:
        return answered.only(slice(0, 0))
    weights = np.concatenate([each.question.weights(len(explainer.card.classes)) for each in asked])
    found = explain_boxes(explainer, pixels, [each.box for each in asked], weights, method, answered)
    return replace(found, boxes=answered.boxes)


def scores_at_places(explanation: Explanation) -> NDArray[np.float32]:
    """Return the value of each of M scores at its places, float32 `[M]`.

    Of a model without places it is `score_weights @ logits`.
    """
    places = explanation.place_weights
    if places is None or PLACE_SCORES not in explanation.tensors:
        return np.asarray(explanation.score_weights @ explanation.logits, np.float32)
    scores = explanation.tensors[PLACE_SCORES][0]
    return np.asarray(((explanation.score_weights @ scores) * places).sum(axis=1), np.float32)


def answers_at(explanation: Explanation, place: int, card: Card) -> NDArray[np.float32]:
    """Return a detector's answers `[K]` at one of its places."""
    scores = explanation.tensors[PLACE_SCORES][0][:, place]
    return answers_of(scores, card.answers, of_logarithm=card.logits_are_logarithms)


def _fused(
    explainer: BoxExplainer,
    pixels: NDArray[np.uint8],
    boxes: Sequence[Box],
    score_weights: NDArray[np.float32],
    places: NDArray[np.float32],
    method: str | None,
) -> Explanation:
    """Explain the scores of boxes at the layers of all grids together.

    As LayerCAM's authors fuse layers: each map is brought to a largest value of one, and the largest of all
    layers counts at each place (Jiang et al., IEEE TIP 2021, section III.C). A map without a positive value,
    of a grid that has no share in the score, adds nothing.
    """
    description = require_detector(explainer.card)
    layers = dict.fromkeys(description.layers) or dict.fromkeys([explainer.layer])
    found = [
        explainer.box_explainer(boxes[0], layer).explain_scores(
            pixels, score_weights, method, place_weights=places
        )
        for layer in layers
    ]
    size = explainer.card.input_size
    maps = np.stack([np.stack(_at_input(each, size)) for each in found])
    largest = maps.max(axis=(2, 3), keepdims=True)
    scaled = np.where(largest > 0, np.maximum(maps, 0) / np.maximum(largest, np.finfo(np.float32).tiny), 0)
    own = found[0]
    together = replace(
        own,
        maps=np.asarray(scaled.max(axis=0), np.float32),
        placement=None,
        gradients=None,
        timings_ms={name: sum(each.timings_ms[name] for each in found) for name in own.timings_ms},
    )
    return spread_over_fields(together, size)


def spread_over_fields(explanation: Explanation, size: tuple[int, int]) -> Explanation:
    """Return an explanation with its maps spread over the fields of their cells."""
    maps = spread_evidence(_at_input(explanation, size))
    return replace(explanation, maps=maps, placement=None, gradients=None)


def _at_input(explanation: Explanation, size: tuple[int, int]) -> list[NDArray[np.float32]]:
    import cv2

    maps = explanation.maps_at_input(size)
    return [
        np.asarray(cv2.resize(map_, (size[1], size[0]), interpolation=cv2.INTER_LINEAR), np.float32)
        if map_.shape != size
        else map_
        for map_ in maps
    ]
