"""Given scores of one image explained, at one layer or at several whose maps are fused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from whylight.drawing.heatmap import fuse
from whylight.errors import QuestionError
from whylight.explainer import Explainer
from whylight.explanation import Explanation
from whylight.images.decode import ImageLike, as_rgb
from whylight.methods import WITHOUT_GRADIENTS
from whylight.score_weights import explained_classes


def explain_layers(
    explainers: Sequence[Explainer],
    image: ImageLike,
    classes: Sequence[int] | None = None,
    top: int = 5,
    method: str = "grad-cam",
    score_weights: NDArray[np.float32] | None = None,
) -> Explanation:
    """Explain the same scores at several layers, and lay the maps over each other.

    As pytorch-grad-cam does it for several target layers: every map is cut off at zero, scaled to 0..1 by
    itself at the input's size, and the mean over the layers is scaled once more.

        explainer = Explainer("model.onnx")
        explain_layers([explainer, explainer.with_layer("relu_8")], "image.jpg")

    Args:
        explainers: of one model, each at a layer of its own (`Explainer.with_layer`).
        image, classes, top, method: as for `Explainer.explain`.
        score_weights: the scores as linear forms of the logits, `[M, K]`, in place of `classes` and `top`.

    Returns:
        The first explainer's explanation with maps float32 `[M, H, W]` of the card's input size, in 0..1, and
        without gradients, since these are of one of the layers only.

    Raises:
        ImageError: the image cannot be read.
        QuestionError: there is no explainer, they are not of one model, or there is no such class or method.
    """
    if len({(explainer.model_path, explainer.card.classes) for explainer in explainers}) != 1:
        raise QuestionError("layers are fused of explainers of one model; expected at least one explainer")
    first, *others = explainers
    if score_weights is None:
        explanation = first.explain(image, classes, top, method)
        further = [other.explain(image, explanation.classes, top, method) for other in others]
    else:
        explanation = explain_scores(first, image, score_weights, method)
        further = [explain_scores(other, image, score_weights, method) for other in others]
    explained = [explanation, *further]
    stacks = zip(*(entry.maps for entry in explained), strict=True)
    fused = [fuse(maps, first.card.input_size) for maps in stacks]
    timings_ms = {part: sum(entry.timings_ms[part] for entry in explained) for part in explanation.timings_ms}
    return replace(explanation, maps=np.asarray(fused, np.float32), timings_ms=timings_ms, gradients=None)


def explain_scores(
    explainer: Explainer, image: ImageLike, score_weights: NDArray[np.float32], method: str
) -> Explanation:
    """Explain scores that are linear forms of the logits, by any of the explainer's methods.

    Args:
        explainer: the model.
        image: a path, or RGB uint8 `[H, W, 3]`.
        score_weights: float32 `[M, K]` (see `whylight.score_weights`).
        method: one of `Explainer.methods`.

    Raises:
        ImageError: the image cannot be read.
        QuestionError: the weights are of another shape, or the model has not what the method needs.
    """
    pixels = as_rgb(image)
    forward = explainer.forward_only(pixels, explained_classes(score_weights))
    if method not in WITHOUT_GRADIENTS:
        mapped = explainer.map_for_weights(forward, score_weights, method)
        spent = {part: mapped.timings_ms[part] + forward.timings_ms[part] for part in forward.timings_ms}
        return replace(mapped, timings_ms=spent)
    from whylight.perturbation import perturbed

    started = perf_counter()
    asked = replace(forward, score_weights=score_weights)
    found = perturbed(explainer, pixels, asked, method)
    return replace(found, timings_ms={**forward.timings_ms, "maps": 1000 * (perf_counter() - started)})
