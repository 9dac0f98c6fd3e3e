"""Methods that alter the picture or the activations and watch the score, without any gradients.

They need hundreds of forward passes where those of `explain.methods` need one, but no differentiable tail
and no assumption about it. Each is a generator that yields an `Estimate` after every batch: how far it is,
and the maps so far. To cancel one, stop iterating.

    explanation = explainer.unmapped(image, top=1)
    for estimate in PERTURBATIONS["rise"](explainer, image, explanation):
        print(estimate.done, "of", estimate.total)
    explanation = with_maps(explanation, "rise", estimate)

Who need not see how far it is asks `Explainer.explain(image, method="rise")`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from explain.explainer import Explainer, Image, pixels_of
from explain.explanation import Explanation
from explain.perturbation.ablation import ablation_cam
from explain.perturbation.classifier import Classifier
from explain.perturbation.estimate import Estimate
from explain.perturbation.masking import rise
from explain.perturbation.occluding import occlusion
from explain.perturbation.scorecam import score_cam

__all__ = [
    "PERTURBATIONS",
    "Classifier",
    "Estimate",
    "Perturbation",
    "ablation_cam",
    "occlusion",
    "rise",
    "score_cam",
]

Perturbation = Callable[[Explainer, NDArray[np.uint8], Explanation], Iterator[Estimate]]
"""(the model, RGB uint8 `[H, W, 3]`, the picture's explanation, whose scores are mapped) to estimates.

All but Ablation-CAM, which cuts the network in two, take any `Classifier` for the model.
"""

PERTURBATIONS: Mapping[str, Perturbation] = MappingProxyType(
    {"score-cam": score_cam, "ablation-cam": ablation_cam, "occlusion": occlusion, "rise": rise}
)
"""The methods by the names that the command line and the window use."""


def explain_by(
    method: str, explainer: Explainer, image: Image, classes: Sequence[int] | None, top: int
) -> Explanation:
    """What `Explainer.explain` answers for a method of these.

    Its timings have under "forward" the pass that told the classes, and under "maps" what the method took.
    """
    started = perf_counter()
    pixels = pixels_of(image)
    decode_ms = 0.0 if isinstance(image, np.ndarray) else 1000 * (perf_counter() - started)
    explanation = explainer.unmapped(pixels, classes, top)
    answered = perf_counter()
    return replace(
        perturbed(explainer, pixels, explanation, method),
        timings_ms={
            **explanation.timings_ms,
            "decode": decode_ms,
            "maps": 1000 * (perf_counter() - answered),
        },
    )


def perturbed(
    explainer: Explainer, image: NDArray[np.uint8], explanation: Explanation, method: str
) -> Explanation:
    """The same scores mapped by a method of `PERTURBATIONS`; the picture is RGB uint8 `[H, W, 3]`."""
    last = deque(PERTURBATIONS[method](explainer, image, explanation), maxlen=1).pop()
    return with_maps(explanation, method, last)


def with_maps(explanation: Explanation, method: str, estimate: Estimate) -> Explanation:
    """The explanation with an estimate's maps for its own; its gradients stay with it."""
    return replace(explanation, maps=estimate.maps, method=method)
