"""Given scores of one image explained, at one layer or at several whose maps are fused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from whylight.drawing.heatmap import fuse
from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.images.decode import ImageLike
from whylight.protocols import ImageExplainer


def explain_layers(
    explainers: Sequence[ImageExplainer],
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
        explanation = first.explain_scores(image, score_weights, method)
        further = [other.explain_scores(image, score_weights, method) for other in others]
    explained = [explanation, *further]
    stacks = zip(*(entry.maps for entry in explained), strict=True)
    fused = [fuse(maps, first.card.input_size) for maps in stacks]
    timings_ms = {part: sum(entry.timings_ms[part] for entry in explained) for part in explanation.timings_ms}
    return replace(explanation, maps=np.asarray(fused, np.float32), timings_ms=timings_ms, gradients=None)
