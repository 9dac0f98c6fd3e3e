"""Explain scores of an image that was answered, without another forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from whylight.explanation import Explanation
from whylight.images.decode import ImageLike
from whylight.methods import METHODS
from whylight.pair.card import Card


class ScoreExplainer(Protocol):
    """The parts of `whylight.Explainer` that explain linear forms of scores."""

    @property
    def card(self) -> Card:
        """The model card."""

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the available methods, the default first."""

    def forward_only(
        self, image: ImageLike, classes: Sequence[int] | None = None, top: int = 5
    ) -> Explanation:
        """Run one forward pass without maps: `whylight.Explainer.forward_only`."""

    def explain_scores(
        self,
        image: ImageLike,
        score_weights: ArrayLike,
        method: str | None = None,
        *,
        place_weights: ArrayLike | None = None,
    ) -> Explanation:
        """Explain linear forms of the logits: `whylight.Explainer.explain_scores`."""

    def map_for_weights(
        self,
        explanation: Explanation,
        score_weights: ArrayLike,
        method: str = "grad-cam",
        *,
        place_weights: ArrayLike | None = None,
    ) -> Explanation:
        """Explain other scores of an image: `whylight.Explainer.map_for_weights`."""


def explain_answered(
    explainer: ScoreExplainer,
    pixels: NDArray[np.uint8],
    answered: Explanation | None,
    score_weights: NDArray[np.float32],
    method: str | None,
    place_weights: NDArray[np.float32] | None,
) -> Explanation:
    """Explain scores, with the gradient graph alone where that is enough.

    Args:
        explainer: of any model.
        pixels: RGB uint8 `[H, W, 3]`.
        answered: the same image, answered by this explainer; None if it has not answered it.
        score_weights: `[M, K]`.
        method: None for the default.
        place_weights: `[M, P]`, or None.

    Raises:
        QuestionError: there is no such method.
    """
    by = method or explainer.methods[0]
    if answered is None or by not in METHODS or METHODS[by].needs != "gradients":
        return explainer.explain_scores(pixels, score_weights, method, place_weights=place_weights)
    found = explainer.map_for_weights(answered, score_weights, by, place_weights=place_weights)
    spent = {part: milliseconds for part, milliseconds in found.timings_ms.items() if milliseconds}
    return replace(found, timings_ms={**answered.timings_ms, **spent})
