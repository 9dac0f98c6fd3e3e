"""Answer one question about one image."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from whylight.asking.asked import Asked, AskedExplainer
from whylight.asking.boxes import ask_boxes, boxes_named
from whylight.asking.regions import classes_of_region
from whylight.box_questions import CLASS, require_detector, spread_over_fields
from whylight.class_names import Target
from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.further_scores import explain_answered
from whylight.images.decode import ImageLike, as_rgb
from whylight.methods import METHODS
from whylight.parallel.tta_smoothing import smooth as smooth_maps
from whylight.region_questions import (
    RegionLike,
    places_on_image,
    read_line,
    region_places,
    require_segmenter,
)
from whylight.result import Result
from whylight.score_weights import Question, make_questions
from whylight.segmentation.letters import Letter


def ask(explainer: AskedExplainer, image: ImageLike, asked: Asked) -> Result:
    """Explain one image.

    Args:
        explainer: of any model.
        image: a path, the bytes of an image file, a Pillow image, or an array uint8 `[H, W, 3]`.
        asked: what is asked.

    Raises:
        ImageError: the image cannot be read.
        QuestionError: there is no such class or method, or the arguments contradict each other.
    """
    pixels = as_rgb(image)
    name = Path(image).name if isinstance(image, (str, os.PathLike)) else ""
    method = asked.method_name
    named = boxes_named(explainer, pixels, asked)
    if named is not None:
        return ask_boxes(explainer, pixels, name, named, asked)
    if asked.question != CLASS or asked.fuse:
        require_detector(explainer.card)
        raise QuestionError("no box was found; name one as the target, or a class with a spot")
    target, region = asked.target, asked.region
    if isinstance(target, Letter):
        region, target = target.spot, target.class_index
    if region is not None:
        require_segmenter(explainer.card)
    answered = explainer.forward_only(pixels, top=1) if explainer.is_segmenter else None
    if answered is not None and target is None and not asked.is_contrast:
        target = classes_of_region(answered, explainer.card, region, asked.top)
    if target is not None:
        classes = cast("Target | Sequence[Target]", target)
        explanation, questions = _explain_classes(explainer, pixels, answered, classes, region, asked)
    elif asked.is_contrast:
        raise QuestionError("rather_than and against require a target class")
    elif isinstance(asked.top, bool) or not isinstance(asked.top, int):
        raise QuestionError("top must be a number of classes, at least 1; got {top}", top=repr(asked.top))
    else:
        explanation = explainer.explain(pixels, top=asked.top, method=method)
        questions = [Question(index) for index in explanation.classes]
    if asked.smooth:
        explanation = smooth_maps(explainer, pixels, explanation)
    elif explainer.is_detector and METHODS[explanation.method].needs == "gradients":
        explanation = spread_over_fields(explanation, explainer.card.input_size)
    return Result(
        explanation,
        pixels,
        explainer.class_names,
        tuple(question.words(explainer.class_names) for question in questions),
        name,
        boxes=explainer.boxes_of(explanation) if explainer.is_detector else (),
        segments=explainer.segments_of(explanation) if explainer.is_segmenter else (),
        letters=read_line(explanation, explainer.card),
    )


def _explain_classes(
    explainer: AskedExplainer,
    pixels: NDArray[np.uint8],
    answered: Explanation | None,
    target: Target | Sequence[Target],
    region: RegionLike | None,
    asked: Asked,
) -> tuple[Explanation, list[Question]]:
    """Explain named classes, of a segmenter over a region."""
    card = explainer.card
    questions = list(
        make_questions(target, explainer.class_names, asked.rather_than, asked.against, card.further_names)
    )
    weights = np.concatenate([question.weights(len(card.classes)) for question in questions])
    places = None
    if answered is not None:
        if region is not None:
            places = region_places(region, card, answered.image_size, len(weights))
        else:
            places = places_on_image(answered, card, weights)
    explanation = explain_answered(explainer, pixels, answered, weights, asked.method_name, places)
    return explanation, questions
