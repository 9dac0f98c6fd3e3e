"""From a question in words to score weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from whylight.class_names import find_class
from whylight.errors import QuestionError
from whylight.score_weights import class_weights, contrast_weights, counter_weights

Target = int | str
"""A class, by its index or name."""


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
