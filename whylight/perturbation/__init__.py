"""Methods that alter the image or the activations and need no gradients.

They need hundreds of forward passes where those of `whylight.methods` need one, but no differentiable tail
and no assumption about it. Each is a generator that yields a `PerturbationResult` after every batch:
how far it is, and the maps so far. To cancel one, stop iterating.

    explanation = explainer.forward_only(image, top=1)
    for estimate in PERTURBATIONS["rise"](explainer, image, explanation):
        print(estimate.done, "of", estimate.total)
    explanation = with_maps(explanation, "rise", estimate)

Who need not see how far it is asks `Explainer.explain(image, method="rise")`.
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
"""The methods by the names that the command line and the window use."""


def perturbed(
    model: OpenClassifier, image: NDArray[np.uint8], explanation: Explanation, method: str
) -> Explanation:
    """The same scores mapped by a method of `PERTURBATIONS`; the image is RGB uint8 `[H, W, 3]`."""
    last = deque(PERTURBATIONS[method](model, image, explanation), maxlen=1).pop()
    return with_maps(explanation, method, last)


def with_maps(explanation: Explanation, method: str, estimate: PerturbationResult) -> Explanation:
    """The explanation with an estimate's maps for its own; its gradients stay with it."""
    return replace(explanation, maps=estimate.maps, method=method)
