"""From a question in words to score weights, and from there to a result."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from whylight.class_names import find_class
from whylight.errors import QuestionError
from whylight.images.decode import ImageLike, as_rgb
from whylight.methods import Method
from whylight.parallel.tta_smoothing import smooth as smoothed
from whylight.result import Result
from whylight.score_weights import class_weights, contrast_weights, counter_weights

if TYPE_CHECKING:
    from whylight.explainer import Explainer, Target


def ask(
    explainer: Explainer,
    image: ImageLike,
    target: Target | Sequence[Target] | None,
    rather_than: Target | None,
    against: bool,
    top: int,
    method: str | Method | None,
    smooth: bool,
) -> Result:
    """Explain one image; arguments and errors as of `Explainer.__call__`."""
    pixels = as_rgb(image)
    name = Path(image).name if isinstance(image, (str, os.PathLike)) else ""
    by = method.name if isinstance(method, Method) else method
    if by is not None and not isinstance(by, str):
        raise QuestionError(f"a method is meant by its name; got a {type(by).__name__}")
    if target is None:
        if rather_than is not None or against:
            raise QuestionError("rather_than and against need a target: the class that they are asked of")
        if isinstance(top, bool) or not isinstance(top, int):
            raise QuestionError(f"top is how many classes to explain; got {top!r}")
        explanation = explainer.explain(pixels, top=top, method=by)
        questions = tuple(explainer.class_names[index] for index in explanation.classes)
    else:
        weights, questions = score_weights(target, explainer.class_names, rather_than, against)
        explanation = explainer.explain_scores(pixels, weights, by)
    if smooth:
        explanation = smoothed(explainer, pixels, explanation)
    return Result(explanation, pixels, explainer.class_names, questions, name)


def score_weights(
    target: Target | Sequence[Target],
    class_names: Sequence[str],
    rather_than: Target | None = None,
    against: bool = False,
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Return the score weights float32 `[M, K]` of a question, and each score in words.

    Args:
        target: the class that is asked about, by name or index; or several.
        class_names: of all K classes.
        rather_than: the class that each target is held against.
        against: whether to ask what speaks against each target.

    Raises:
        QuestionError: there is no such class, no target, or both `rather_than` and `against` are given.
    """
    if against and rather_than is not None:
        raise QuestionError("ask either for what speaks against a class, or for it rather than another")
    several = isinstance(target, (list, tuple, np.ndarray))
    targets = list(cast("Sequence[Target]", target)) if several else [cast("Target", target)]
    if not targets:
        raise QuestionError("no class to explain; expected at least one")
    count = len(class_names)
    other = None if rather_than is None else find_class(rather_than, class_names)
    rows, questions = [], []
    for index in (find_class(one, class_names) for one in targets):
        if against:
            rows.append(counter_weights(index, count))
            questions.append(f"against {class_names[index]}")
        elif other is not None:
            rows.append(contrast_weights(index, other, count))
            questions.append(f"{class_names[index]} rather than {class_names[other]}")
        else:
            rows.append(class_weights(index, count))
            questions.append(class_names[index])
    return np.concatenate(rows), tuple(questions)
