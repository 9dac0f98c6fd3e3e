"""Methods that perturb the image or the activations and need no gradients.

They take hundreds of forward passes where gradient methods take one, but need no differentiable tail. Each is
a generator that yields a `PerturbationResult` with its progress and the maps so far after every batch; stop
iterating to cancel it.

    explanation = explainer.forward_only(image, top=1)
    for estimate in PERTURBATIONS["rise"](explainer, image, explanation):
        print(estimate.done, "of", estimate.total)
    explanation = with_maps(explanation, "rise", estimate)

Use `Explainer.explain(image, method="rise")` if the progress is not needed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import cast

import numpy as np
from numpy.typing import NDArray

from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.methods.registry import METHODS
from whylight.perturbation.ablation_cam import ablation_cam
from whylight.perturbation.d_rise import d_rise
from whylight.perturbation.estimate import PerturbationResult
from whylight.perturbation.occlusion import occlusion
from whylight.perturbation.place_scores import ScoresAtPlaces, question_at_places
from whylight.perturbation.rise import rise
from whylight.perturbation.score_cam import score_cam
from whylight.protocols import Classifier, Detector, OpenClassifier

__all__ = [
    "PERTURBATIONS",
    "Classifier",
    "OpenClassifier",
    "Perturbation",
    "PerturbationResult",
    "ScoresAtPlaces",
    "ablation_cam",
    "d_rise",
    "estimates",
    "occlusion",
    "perturbed",
    "rise",
    "score_cam",
]

Perturbation = Callable[[OpenClassifier, NDArray[np.uint8], Explanation], Iterator[PerturbationResult]]
"""(the model, RGB uint8 `[H, W, 3]`, the image's explanation, whose scores are mapped) to estimates.

All but Ablation-CAM, which cuts the network in two, do with any `Classifier` for the model.
"""

PERTURBATIONS: Mapping[str, Perturbation] = MappingProxyType(
    {"score-cam": score_cam, "ablation-cam": ablation_cam, "occlusion": occlusion, "rise": rise}
)
"""Perturbation methods by their registered names."""

_AT_PLACES = ("score-cam", "occlusion", "rise")
"""Methods that do with any classifier, and so with a detector's scores at places."""


def perturbed(
    model: OpenClassifier,
    image: NDArray[np.uint8],
    explanation: Explanation,
    method: str,
    *,
    at_places: bool = False,
) -> Explanation:
    """Compute maps of the same scores by a perturbation method.

    Args:
        model: the model.
        image: RGB uint8 `[H, W, 3]`.
        explanation: the image's explanation.
        method: a key of `PERTURBATIONS`, or `d-rise` for a detector.
        at_places: for a detector, perturb the scores at the explanation's places; else each class's best.

    Raises:
        QuestionError: the method cannot explain places.
    """
    at_places = at_places and explanation.place_weights is not None and method != "d-rise"
    rows = [
        deque(estimates(model, image, explanation, method, at_places=at_places, score=score), maxlen=1).pop()
        for score in (range(len(explanation.classes)) if at_places else (0,))
    ]
    repeated = [each.repeatability for each in rows if each.repeatability is not None]
    together = replace(
        rows[0],
        maps=np.concatenate([each.maps for each in rows]),
        repeatability=np.concatenate(repeated) if len(repeated) == len(rows) else None,
    )
    return with_maps(explanation, method, together)


def estimates(
    model: OpenClassifier,
    image: NDArray[np.uint8],
    explanation: Explanation,
    method: str,
    *,
    at_places: bool = False,
    score: int = 0,
) -> Iterator[PerturbationResult]:
    """Yield the maps of a perturbation method as they grow.

    Arguments and errors are those of `perturbed`. At places it is the map of one score, else those of all.
    """
    if method == "d-rise":
        yield from d_rise(cast(Detector, model), image, explanation)
        return
    if not at_places or explanation.place_weights is None:
        yield from METHODS[method](model, image, explanation)
        return
    if method not in _AT_PLACES:
        further = ("d-rise", *_AT_PLACES) if model.card.detector is not None else _AT_PLACES
        raise QuestionError(
            "{method} explains classes of a whole image; for a box or region choose {methods}",
            method=METHODS[method].label,
            methods=", ".join(further),
        )
    at = ScoresAtPlaces(cast(Detector, model), explanation.place_weights[score])
    asked = question_at_places(explanation, score)
    yield from METHODS[method](cast(OpenClassifier, at), image, asked)


def with_maps(explanation: Explanation, method: str, estimate: PerturbationResult) -> Explanation:
    """Return the explanation with an estimate's maps; its gradients are kept."""
    return replace(explanation, maps=estimate.maps, method=method, repeatability=estimate.repeatability)
