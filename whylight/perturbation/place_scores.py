"""A detector's or segmenter's scores at chosen places, as those of a classifier."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from whylight.answers import answers_of
from whylight.box_questions import one_hot_places, require_detector
from whylight.detection.boxes import Box
from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.pair.card import Card
from whylight.protocols import Detector
from whylight.tensor_names import PLACE_SCORES


class ScoresAtPlaces:
    """A classifier whose logits are scores of a model at places, weighted.

    With it the score of a box or region can be followed while the image is changed, by methods without
    gradients and in measurements of faithfulness; what other places answer does not count.

        ScoresAtPlaces.of_box(explainer, box).predict(image)[box.class_index]  # the box's score

    Args:
        model: the detector or segmenter.
        place_weights: float32 `[P]`.

    Raises:
        QuestionError: the model has no places, or not as many.
    """

    def __init__(self, model: Detector, place_weights: NDArray[np.float32]) -> None:
        description = model.card.segmenter or model.card.detector
        if description is None or place_weights.shape != (description.places,):
            raise QuestionError(
                "place weights have shape {shape}; '{model}' has {places} places",
                shape=list(place_weights.shape),
                model=model.card.name,
                places=0 if description is None else description.places,
            )
        self._model, self._weights = model, place_weights
        self._counted = np.flatnonzero(place_weights)

    @classmethod
    def of_box(cls, model: Detector, box: Box) -> ScoresAtPlaces:
        """Return a detector seen from a box's place.

        Raises:
            QuestionError: the model is no detector, or the box is not one of it.
        """
        return cls(model, one_hot_places([box], require_detector(model.card).places)[0])

    @property
    def card(self) -> Card:
        """The model's card."""
        return self._model.card

    @property
    def class_count(self) -> int:
        """K, the number of classes."""
        return len(self.card.classes)

    @property
    def of_inputs(self) -> ScoresAtPlaces:
        """The same of images prepared by `Explainer.prepare`."""
        inner = cast(Any, self._model).of_inputs
        return self if inner is self._model else ScoresAtPlaces(inner, self._weights)

    def logits(self, images: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """Return the scores `[N, K]` of RGB images `[N, H, W, 3]`."""
        return np.asarray(self._scores(images) @ self._weights[self._counted], np.float32)

    def answers(self, images: NDArray[np.uint8], /) -> NDArray[np.float32]:
        """Return mean answers over the places `[N, K]` of images `[N, H, W, 3]`."""
        of_logarithm = self.card.segmenter is None and self.card.logits_are_logarithms
        scores = self._scores(images).swapaxes(1, 2)
        answers = answers_of(scores, self.card.answers, of_logarithm=of_logarithm)
        return np.asarray(self._weights[self._counted] @ answers, np.float32)

    def predict(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the answers `[K]` of an RGB image `[H, W, 3]`."""
        return np.asarray(self.answers(image[None])[0])

    def _scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return scores `[N, K, places that count]`."""
        scores, _ = self._model.at_places(images)
        return np.asarray(scores[:, :, self._counted])


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
