"""Explain scores of one image at several layers and fuse the maps."""

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
    """Explain the same scores at several layers and fuse the maps.

    As in pytorch-grad-cam with several target layers: each map is clipped at zero and scaled to 0..1 at the
    input size, and the mean over the layers is scaled again.

        explainer = Explainer("model.onnx")
        explain_layers([explainer, explainer.with_layer("relu_8")], "image.jpg")

    Args:
        explainers: explainers of the same model at different layers (`Explainer.with_layer`).
        image, classes, top, method: as for `Explainer.explain`.
        score_weights: scores as linear forms of the logits, `[M, K]`, instead of `classes` and `top`.

    Returns:
        The first explainer's explanation with maps float32 `[M, H, W]` of the card's input size, in 0..1, and
        without gradients.

    Raises:
        ImageError: the image cannot be read.
        QuestionError: there is no explainer, they are of different models, or there is no such class or
            method.
    """
    if len({(explainer.model_path, explainer.card.classes) for explainer in explainers}) != 1:
        raise QuestionError("expected one or more explainers of the same model")
    first, *others = explainers
    if score_weights is None:
        explanation = first.explain(image, classes, top, method)
        further = [other.explain(image, explanation.classes, top, method) for other in others]
    else:
        explanation = first.explain_scores(image, score_weights, method)
        further = [other.explain_scores(image, score_weights, method) for other in others]
    # Fuse the maps of each score over the layers.
    explained = [explanation, *further]
    stacks = zip(*(entry.maps for entry in explained), strict=True)
    placements = [entry.map_placement for entry in explained]
    fused = [fuse(maps, first.card.input_size, placements) for maps in stacks]
    timings_ms = {part: sum(entry.timings_ms[part] for entry in explained) for part in explanation.timings_ms}
    return replace(
        explanation,
        maps=np.asarray(fused, np.float32),
        timings_ms=timings_ms,
        gradients=None,
        repeatability=None,
    )
