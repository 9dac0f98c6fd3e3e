"""Explanations in steps: one by gradients, many by methods that need none.

The engine is imported in functions, as in `rendering`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import rendering
from .question import Question
from .rendering import LoadedImage

if TYPE_CHECKING:
    from whylight.explainer import Explainer
    from whylight.explanation import Explanation


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """An explanation, whose map may still grow."""

    explanation: Explanation
    question: Question
    done: int = 1
    """Forward passes so far; equal to `total` once the map is complete."""
    total: int = 1

    @property
    def complete(self) -> bool:
        """Whether the map is final."""
        return self.done >= self.total


def is_slow(method: str) -> bool:
    """Return whether a method runs the network hundreds of times."""
    from whylight.methods import METHODS

    return METHODS[method].needs != "gradients"


def explain_first(explainer: Explainer, image: LoadedImage, method: str) -> Iterator[Explained]:
    """Explain an image for its most likely class."""
    if is_slow(method):
        start = explainer.forward_only(image.pixels, top=1)
        start = rendering.with_found(explainer, start)
        yield from _grow(explainer, image, start, rendering.first_question(explainer, start), method)
    else:
        found = rendering.explain_first(explainer, image, method)
        yield Explained(found, rendering.first_question(explainer, found))


def explain_asked(
    explainer: Explainer, image: LoadedImage, question: Question, method: str
) -> Iterator[Explained]:
    """Explain an image for a given question."""
    if is_slow(method):
        start = explainer.forward_only(image.pixels, classes=[question.class_index])
        start = rendering.with_found(explainer, start)
        yield from _grow(explainer, image, start, question, method)
    else:
        yield Explained(rendering.explain_asked(explainer, image, question, method), question)


def explain_again(
    explainer: Explainer,
    image: LoadedImage,
    explanation: Explanation,
    question: Question,
    method: str,
    *,
    is_answered: bool = False,
) -> Iterator[Explained]:
    """Answer a question about an explained image; gradients need no forward pass.

    Args:
        explainer: the model.
        image: the image.
        explanation: an explanation of it by this model and layer, by any method.
        question: the question.
        method: the method.
        is_answered: whether `explanation` answers the question, by another method.
    """
    if is_slow(method):
        yield from _grow(explainer, image, explanation, question, method)
    elif is_answered and question.box is None:  # the tensors kept are not those of each box's grid
        yield Explained(explainer.with_method(explanation, method), question)
    else:
        yield Explained(rendering.ask(explainer, explanation, question, method, image), question)


def _grow(
    explainer: Explainer, image: LoadedImage, start: Explanation, question: Question, method: str
) -> Iterator[Explained]:
    """Yield the explanation after each batch, by the score at the question's places."""
    from whylight.perturbation import estimates
    from whylight.score_weights import explained_classes

    weights = question.score_weights(len(start.probabilities))
    base = replace(
        start,
        classes=explained_classes(weights),
        score_weights=weights,
        place_weights=place_weights(question, explainer),
        gradients=None,  # of other scores
        method=method,
    )
    at_places = base.place_weights is not None
    for found in estimates(explainer, image.pixels, base, method, at_places=at_places):
        grown = replace(base, maps=found.maps, repeatability=found.repeatability)
        yield Explained(grown, question, found.done, found.total)


def place_weights(question: Question, explainer: Explainer) -> NDArray[np.float32] | None:
    """Return the weights of a question's places, float32 `[1, P]`; None for none."""
    from whylight.box_questions import one_hot_places, require_detector

    if question.region is not None:
        return question.region.weights[None]
    if question.box is None:
        return None
    return one_hot_places([question.box], require_detector(explainer.card).places)
