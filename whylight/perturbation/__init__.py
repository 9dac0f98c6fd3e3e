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

import numpy as np
from numpy.typing import NDArray

from whylight.explanation import Explanation
from whylight.perturbation.ablation_cam import ablation_cam
from whylight.perturbation.estimate import PerturbationResult
from whylight.perturbation.occlusion import occlusion
from whylight.perturbation.rise import rise
from whylight.perturbation.score_cam import score_cam
from whylight.protocols import Classifier, OpenClassifier

__all__ = [
    "PERTURBATIONS",
    "Classifier",
    "OpenClassifier",
    "Perturbation",
    "PerturbationResult",
    "ablation_cam",
    "occlusion",
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


def perturbed(
    model: OpenClassifier, image: NDArray[np.uint8], explanation: Explanation, method: str
) -> Explanation:
    """Compute maps of the same scores by a perturbation method.

    `image` is RGB uint8 `[H, W, 3]`, `method` a key of `PERTURBATIONS`.
    """
    last = deque(PERTURBATIONS[method](model, image, explanation), maxlen=1).pop()
    return with_maps(explanation, method, last)


def with_maps(explanation: Explanation, method: str, estimate: PerturbationResult) -> Explanation:
    """Return the explanation with an estimate's maps; its gradients are kept."""
    return replace(explanation, maps=estimate.maps, method=method, repeatability=estimate.repeatability)
