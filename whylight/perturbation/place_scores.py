"""A detector's scores at chosen places, as the logits of a classifier."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from whylight.explanation import Explanation
from whylight.pair.card import Card
from whylight.protocols import Detector
from whylight.tensor_names import PLACE_SCORES


class ScoresAtPlaces:
    """A classifier whose logits are a detector's scores, weighted over places.

    Args:
        model: the detector.
        place_weights: float32 `[P]`.
    """

    def __init__(self, model: Detector, place_weights: NDArray[np.float32]) -> None:
        self._model, self._places = model, place_weights

    @property
    def card(self) -> Card:
        """The detector's card."""
        return self._model.card

    @property
    def of_inputs(self) -> ScoresAtPlaces:
        """The same of images prepared by `Explainer.prepare`."""
        inner = cast(Any, self._model).of_inputs
        return self if inner is self._model else ScoresAtPlaces(inner, self._places)

    def logits(self, images: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """Return the scores `[N, K]` of RGB images `[N, H, W, 3]`."""
        scores, _ = self._model.at_places(images)
        return np.asarray(scores @ self._places, np.float32)


def question_at_places(explanation: Explanation, row: int) -> Explanation:
    """Return the explanation of one score, its logits those at the score's places."""
    assert explanation.place_weights is not None
    logits = explanation.tensors[PLACE_SCORES][0] @ explanation.place_weights[row]
    return replace(
        explanation,
        logits=np.asarray(logits, np.float32),
        classes=explanation.classes[row : row + 1],
        score_weights=explanation.score_weights[row : row + 1],
        place_weights=None,
    )
