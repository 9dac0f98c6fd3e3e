"""Ask a segmenter about regions, and read what it found."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whylight.answers import answers_of
from whylight.common.hashing import sha256_of
from whylight.errors import Message, QuestionError
from whylight.explanation import Explanation
from whylight.further_scores import ScoreExplainer, explain_answered
from whylight.images.decode import as_rgb
from whylight.images.files import IMAGE_SUFFIXES
from whylight.pair.card import Card
from whylight.score_weights import Question, explained_classes
from whylight.segmentation.description import SegmenterDescription, background_class
from whylight.segmentation.found import FoundRegions, find_regions
from whylight.segmentation.letters import Letter, read_letters
from whylight.segmentation.regions import (
    Region,
    Segment,
    cell_at,
    find_segments,
    in_image,
    label_map,
    patch_at,
    place_weights_of,
    region_weights,
    seen_places,
    winners,
)
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


def describe_segmenter(card: Card) -> Message:
    """Return a segmenter in words: `segmenter: 21 classes, stretch 520`.

    Raises:
        QuestionError: the model is no segmenter.
    """
    description = require_segmenter(card)
    height, width = card.input_size
    known = {
        "classes": len(card.classes),
        "geometry": "stretch" if card.input is None else card.input.geometry,
        "size": str(height) if height == width else f"{height} x {width}",
    }
    if description.is_line:
        return Message("reader of text lines: {classes:,} signs, {geometry} {size}", **known)
    return Message("segmenter: {classes:,} classes, {geometry} {size}", **known)


def read_segments(explanation: Explanation, card: Card) -> tuple[Segment, ...]:
    """Return the classes found in an explained image, the largest region first.

    Raises:
        QuestionError: the model is no segmenter.
    """
    seen = seen_places(require_segmenter(card), view_of(explanation.image_size, card))
    return find_segments(explanation.tensors[PLACE_SCORES][0], card.answers, tuple(card.classes), seen)


def read_regions(explanation: Explanation, card: Card) -> FoundRegions:
    """Return what a segmenter found in an explained image.

    Raises:
        QuestionError: the model is no segmenter.
    """
    description = require_segmenter(card)
    scores = explanation.tensors[PLACE_SCORES][0]
    view = view_of(explanation.image_size, card)
    return find_regions(scores, card.answers, tuple(card.classes), description, view)


def answers_over(explanation: Explanation, weights: NDArray[np.float32], card: Card) -> NDArray[np.float32]:
    """Return a segmenter's answers `[K]`, their mean over places of weights `[P]`."""
    counted = np.flatnonzero(weights)
    scores = explanation.tensors[PLACE_SCORES][0][:, counted]
    answers = answers_of(scores.T, card.answers, of_logarithm=False).T
    return np.asarray(answers @ weights[counted], np.float32)


def view_of(image_size: tuple[int, int], card: Card) -> View:
    """Return what the model sees of an image of a size."""
    return card.view(image_size) or View.whole(image_size, card.input_size)


def mask_of_places(
    weights: NDArray[np.float32], card: Card, image_size: tuple[int, int], size: tuple[int, int]
) -> NDArray[np.bool_]:
    """Return where places of weights `[P]` above 0 lie in an image, bool `[h, w]`.

    Args:
        weights: of the places.
        card: of the segmenter.
        image_size: height and width of the image.
        size: height and width at which it is shown.
    """
    description = require_segmenter(card)
    grid = np.asarray(weights.reshape(description.grid) > 0)
    return in_image(grid, description, replace(view_of(image_size, card), image_size=size), False)


def read_line(explanation: Explanation, card: Card) -> tuple[Letter, ...]:
    """Return the letters read in an explained image; empty for other models."""
    if card.segmenter is None or not card.segmenter.is_line:
        return ()
    view = view_of(explanation.image_size, card)
    return read_letters(explanation.tensors[PLACE_SCORES][0], card.classes, card.segmenter, view)


def read_labels(explanation: Explanation, card: Card) -> NDArray[np.int16]:
    """Return the class of each pixel of an explained image, int16 `[H, W]`.

    It is -1 where the image was not seen, or no class was found.

    Raises:
        QuestionError: the model is no segmenter.
    """
    description = require_segmenter(card)
    scores = explanation.tensors[PLACE_SCORES][0]
    return label_map(scores, card.answers, description, view_of(explanation.image_size, card))


def places_on_image(
    answered: Explanation, card: Card, score_weights: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """Return place weights `[M, P]` of where each score's class is found on the image.

    Padding is no part of them. None where there is none: what the model takes by itself is the same.

    Args:
        answered: the image, answered by a segmenter.
        card: of the segmenter.
        score_weights: `[M, K]`.
    """
    description = require_segmenter(card)
    seen = seen_places(description, view_of(answered.image_size, card)).reshape(-1)
    if seen.all() or not seen.any():
        return None
    scores = answered.tensors[PLACE_SCORES][0]
    classes = list(explained_classes(score_weights))
    on_image = np.where(seen, scores, -np.inf)[classes]
    return region_weights(winners(scores, card.answers)[classes] & seen, on_image)


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
    weights = read_region(region, require_segmenter(card), view_of(image_size, card))
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


@dataclass(frozen=True, slots=True)
class RegionChoice:
    """Region of each image that a segmenter is asked about, and the questions.

    One of `at`, `around` and `mask` is given.

    Args:
        at: x and y in pixels of the image: this place alone.
        around: x and y in pixels of the image: the connected region there, of the class that is found.
        mask: an image of the same size, black where it is not asked about; or a folder that has one for each
            image, by its name without suffix.
        questions: asked of the region; without any, why it is of the classes that answer highest there.
    """

    at: tuple[float, float] | None = None
    around: tuple[float, float] | None = None
    mask: Path | None = None
    questions: tuple[Question, ...] = ()

    def of_image(self, path: Path) -> RegionChoice:
        """Return the choice for one image, with its own mask of a folder.

        Raises:
            QuestionError: the folder has no mask for the image.
        """
        if self.mask is None or not self.mask.is_dir():
            return self
        named = (each for each in self.mask.iterdir() if each.stem == path.stem)
        found = sorted(each for each in named if each.suffix.lower() in IMAGE_SUFFIXES)
        if not found:
            raise QuestionError(
                "there is no mask for {image} in {folder}: expected {stem}.png",
                image=path.name,
                folder=self.mask,
                stem=path.stem,
            )
        return replace(self, mask=found[0])

    @property
    def words(self) -> str:
        """The region in words: `at 120, 80`."""
        if self.at is not None:
            return f"at {self.at[0]:g}, {self.at[1]:g}"
        if self.around is not None:
            return f"around {self.around[0]:g}, {self.around[1]:g}"
        return f"in {'' if self.mask is None else self.mask.name}"

    def question_words(self, question: Question, class_names: Sequence[str]) -> str:
        """Return a question about the region as text: `why car at 120, 80?`."""
        return f"{question.words(class_names)[:-1]} {self.words}?"

    def to_json(self) -> dict[str, Any]:
        """A JSON object: `at`, `around` or the `mask`'s name."""
        if self.mask is not None:
            return {"mask": self.mask.name}
        name, spot = ("at", self.at) if self.at is not None else ("around", self.around)
        return {name: None if spot is None else list(spot)}

    def identity(self) -> dict[str, Any]:
        """The spot, or the masks with their hashes, by which choices differ.

        Raises:
            QuestionError: a mask cannot be read.
        """
        if self.mask is None:
            return self.to_json()
        files = sorted(self.mask.iterdir()) if self.mask.is_dir() else [self.mask]
        try:
            return {"masks": {file.name: sha256_of(file) for file in files if file.is_file()}}
        except OSError as error:
            raise QuestionError(
                "the mask {mask} cannot be read: {reason}", mask=self.mask, reason=error.strerror
            ) from error

    def weights(self, explanation: Explanation, card: Card) -> NDArray[np.float32]:
        """Return the region's place weights `[1, P]` for an explained image.

        Raises:
            ImageError: the mask cannot be read.
            QuestionError: the region is empty, unseen or of another size than the image.
        """
        if self.around is not None:
            found = connected_region(explanation, card, self.around).reshape(1, -1)
            return np.asarray(found / found.sum(), np.float32)
        region = self.at if self.mask is None else self.mask
        assert region is not None
        return region_places(region, card, explanation.image_size, 1)


def connected_region(explanation: Explanation, card: Card, spot: tuple[float, float]) -> NDArray[np.bool_]:
    """Return the connected places around a spot that are of its class, bool `[h, w]`.

    Args:
        explanation: of the image.
        card: of the segmenter.
        spot: x and y in pixels of the image.

    Raises:
        QuestionError: the model is no segmenter, or did not see the image there.
    """
    description = require_segmenter(card)
    found = read_regions(explanation, card)
    view = view_of(explanation.image_size, card)
    return patch_at(found.labels, cell_at(spot, description, view)) & seen_places(description, view)


def share_of_image(explanation: Explanation, weights: NDArray[np.float32], card: Card) -> float:
    """Return the share of the places on an image that have weights `[P]` above 0."""
    seen = seen_places(require_segmenter(card), view_of(explanation.image_size, card)).reshape(-1)
    return float((weights[seen] > 0).mean()) if seen.any() else 0.0


def asked_in_region(explanation: Explanation, choice: RegionChoice) -> list[Question]:
    """Return the M questions that were asked of a region, one for each score."""
    if choice.questions:
        return list(choice.questions)
    return [Question(index) for index in explanation.classes]


def explain_segments(
    explainer: ScoreExplainer,
    pixels: NDArray[np.uint8],
    classes: Sequence[int] | None,
    score_weights: NDArray[np.float32] | None,
    method: str,
    top: int,
) -> Explanation:
    """Explain a segmenter's scores, each where its class is found on the image.

    Padding is no part of it.

    Args:
        explainer: of a segmenter.
        pixels: RGB uint8 `[H, W, 3]`.
        classes, top, method: as for `Explainer.explain`.
        score_weights: `[M, K]`, in place of classes.

    Raises:
        QuestionError: the model is no segmenter, or there is no such method.
    """
    answered = explainer.forward_only(pixels, classes, top)
    weights = answered.score_weights if score_weights is None else score_weights
    places = places_on_image(answered, explainer.card, weights)
    return explain_answered(explainer, pixels, answered, weights, method, places)


def explain_region(
    explainer: ScoreExplainer, pixels: NDArray[np.uint8], choice: RegionChoice, method: str, top: int
) -> Explanation:
    """Explain a segmenter's scores over a region.

    Args:
        explainer: of a segmenter.
        pixels: RGB uint8 `[H, W, 3]`.
        choice: the region, and what is asked of it.
        method: as for `Explainer.explain`.
        top: how many of the classes that answer highest there are explained, without questions.

    Raises:
        ImageError: a mask cannot be read.
        QuestionError: the model is no segmenter, or the region is empty, unseen or of another size.
    """
    require_segmenter(explainer.card)
    answered = explainer.forward_only(pixels, top=1)
    places = choice.weights(answered, explainer.card)
    answers = answers_over(answered, places[0], explainer.card)
    likeliest = np.argsort(-answers, kind="stable")[:top]
    questions = choice.questions or [Question(int(index)) for index in likeliest]
    weights = np.concatenate([question.weights(len(answers)) for question in questions])
    repeated = np.repeat(places, len(weights), axis=0)
    return explain_answered(explainer, pixels, answered, weights, method, repeated)
