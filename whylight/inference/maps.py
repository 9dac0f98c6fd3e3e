"""Predict images with an open pair, and map the evidence for scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from whylight.answers import answers_of
from whylight.box_questions import require_detector
from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.images.decode import ImageLike, as_rgb
from whylight.images.geometry import InputDescription
from whylight.inference.batch_queue import BatchQueue
from whylight.inference.run_pair import NOTHING, InferenceRequest, derived_for, usual_places
from whylight.methods import METHODS
from whylight.pair.card import Card
from whylight.placement import Placement
from whylight.score_weights import class_weights, explained_classes
from whylight.tensor_names import ACTIVATIONS, GRADIENTS, PLACE_SCORES


@dataclass(frozen=True, slots=True)
class MapMaker:
    """Makes explanations with a pair's two graphs.

    Methods are registered names that the pair has (`whylight.methods.availability`).
    """

    runs: BatchQueue
    card: Card
    description: InputDescription | None
    """How images become inputs; None if the forward graph does it, or images are inputs already."""
    placement: Placement | None
    """Where the layer's cells look; None also where resizing puts them there."""

    def explain(
        self,
        image: ImageLike,
        weights: NDArray[np.float32] | None,
        top: int,
        method: str | None,
        place_weights: NDArray[np.float32] | None = None,
    ) -> Explanation:
        """Run both graphs, or the forward graph alone.

        Args:
            image: a path, or RGB uint8 `[H, W, 3]`.
            weights: scores `[M, K]`; None for the `top` classes.
            top: the number of classes without `weights`.
            method: of gradients; None for maps `[M, 0, 0]`.
            place_weights: `[M, P]`, or None.

        Raises:
            ImageError: the image cannot be read.
        """
        derived = NOTHING if method is None else derived_for(self.runs.pair, method)
        started = perf_counter()
        pixels = as_rgb(image)
        decoded = perf_counter()
        size = (pixels.shape[0], pixels.shape[1])
        view = None if self.description is None else self.card.view(size)
        request = InferenceRequest(
            self.prepare(pixels), weights, min(top, len(self.card.classes)), derived, place_weights
        )
        answer = self.runs.answer(request)
        answered = perf_counter()
        if method is None:
            maps = np.zeros((len(answer.weights), 0, 0), np.float32)
        else:
            maps = answer.derived.maps(answer.tensors[ACTIVATIONS][0], method)
        return Explanation(
            probabilities=self.answers_of(answer.logits),
            logits=answer.logits,
            answers=self.card.answers,
            classes=explained_classes(answer.weights),
            score_weights=answer.weights,
            maps=maps,
            method=method or "",
            timings_ms={
                "decode": 0.0 if isinstance(image, np.ndarray) else 1000 * (decoded - started),
                "forward": answer.forward_ms,
                "gradient": answer.derived.gradient_ms,
                "maps": 1000 * (perf_counter() - answered),
            },
            provider=answer.derived.pair.provider,
            provider_reason=answer.derived.pair.provider_reason,
            image_size=size,
            view=view,
            input_size=self.card.input_size,
            placement=self.placement,
            place_weights=answer.place_weights,
            tensors=answer.tensors,
            gradients=answer.derived.kept,
        )

    def mapped(self, explanation: Explanation, method: str) -> Explanation:
        """Recompute the maps of an explanation's scores with the gradient graph."""
        pair, places = self.runs.pair, explanation.place_weights
        if places is None and pair.has_places:  # said in the explanation, as of images that are run
            places = usual_places(pair, explanation.tensors[PLACE_SCORES][0], explanation.score_weights)
        derived = self.runs.derive(
            explanation.tensors, explanation.score_weights, derived_for(pair, method), places
        )
        started = perf_counter()
        maps = derived.maps(explanation.tensors[ACTIVATIONS][0], method)
        maps_ms = 1000 * (perf_counter() - started)
        return replace(
            explanation,
            maps=maps,
            method=method,
            timings_ms={"decode": 0.0, "forward": 0.0, "gradient": derived.gradient_ms, "maps": maps_ms},
            place_weights=places,
            placement=self.placement,  # the explanation's may be that of another grid's box
            provider=derived.pair.provider,
            provider_reason=derived.pair.provider_reason,
            gradients=derived.kept,
        )

    def gradients(self, explanation: Explanation) -> NDArray[np.float32]:
        """Compute gradients `[M, C, h, w]` of an explanation's scores by the activations."""
        return self.runs.derive(
            explanation.tensors, explanation.score_weights, GRADIENTS, explanation.place_weights
        ).values

    def prepare(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Bring RGB uint8 `[H, W, 3]` to what the model sees, if there is a description."""
        return pixels if self.description is None else self.description.prepare(pixels)

    def inputs(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Bring images `[N, H, W, 3]` to what the model sees."""
        if self.description is None:
            return images
        return np.stack([self.description.prepare(image) for image in images])

    def answers_of(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the answers of logits `[..., K]`."""
        return answers_of(logits, self.card.answers, of_logarithm=self.card.logits_are_logarithms)

    def class_weights(self, classes: Sequence[int] | None, top: int) -> NDArray[np.float32] | None:
        """Return the score weights `[M, K]` of classes; None for the `top` most probable.

        Raises:
            QuestionError: there is no such class, none is named, or `top` is below 1.
        """
        if classes is None:
            if top < 1:
                raise QuestionError("top is {top}; expected at least 1", top=top)
            return None
        if len(classes) == 0:
            raise QuestionError("no class to explain; expected at least one")
        return np.concatenate([class_weights(index, len(self.card.classes)) for index in classes])

    def checked_weights(self, score_weights: ArrayLike) -> NDArray[np.float32]:
        """Return score weights float32 `[M, K]`.

        Raises:
            QuestionError: they have another shape, or are not finite.
        """
        weights = np.asarray(score_weights, np.float32)
        count = len(self.card.classes)
        if weights.ndim != 2 or weights.shape[0] < 1 or weights.shape[1] != count:
            raise QuestionError(
                "score weights have shape {shape}; expected [M, {classes}], M >= 1",
                shape=weights.shape,
                classes=count,
            )
        if not np.isfinite(weights).all():
            raise QuestionError("score weights must be finite numbers")
        return weights

    def checked_places(self, place_weights: ArrayLike | None, scores: int) -> NDArray[np.float32] | None:
        """Return place weights float32 `[scores, P]`, or None as given.

        Raises:
            QuestionError: they have another shape or are not finite, or the model has no places.
        """
        if place_weights is None:
            return None
        weights = np.asarray(place_weights, np.float32)
        places = (self.card.segmenter or require_detector(self.card)).places
        if weights.shape != (scores, places) or not np.isfinite(weights).all():
            raise QuestionError(
                "place weights have shape {shape}; expected finite numbers [{scores}, {places}]",
                shape=weights.shape,
                scores=scores,
                places=places,
            )
        return weights


def with_method(explanation: Explanation, method: str) -> Explanation:
    """Map an explanation's kept gradients by another method; no graph runs.

    Args:
        explanation: with gradients.
        method: of gradients.
    """
    assert explanation.gradients is not None
    started = perf_counter()
    maps = METHODS[method](explanation.tensors[ACTIVATIONS][0], explanation.gradients)
    spent = {"decode": 0.0, "forward": 0.0, "gradient": 0.0, "maps": 1000 * (perf_counter() - started)}
    return replace(explanation, maps=maps, method=method, timings_ms=spent, repeatability=None)


def placement_of(card: Card) -> Placement | None:
    """Return where the layer's cells look; None also where resizing puts them there.

    A detector's cell is trained to answer for the middle of its part of the image, wherever its receptive
    field lies: docs/decisions/0124-why-not-here.md.
    """
    if card.detector is not None and card.target_layer in card.detector.layers:
        return None
    placement = card.placement
    return None if placement is None or placement.is_centred(card.input_size) else placement
