"""Questions as score weights: linear forms of the K logits, float32 `[1, K]`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whylight.errors import QuestionError


def class_weights(class_index: int, class_count: int) -> NDArray[np.float32]:
    """`e_c`: what speaks for class c?"""
    return _one_hot(class_index, class_count)


def contrast_weights(class_index: int, other_index: int, class_count: int) -> NDArray[np.float32]:
    """`e_a - e_b`: what speaks for class a rather than class b?

    Raises `QuestionError` also where both are the same class, since that score is always zero.
    """
    if class_index == other_index:
        raise QuestionError(
            "class {index} cannot be held against itself: choose two classes", index=class_index
        )
    return _one_hot(class_index, class_count) - _one_hot(other_index, class_count)


def counter_weights(class_index: int, class_count: int) -> NDArray[np.float32]:
    """`-e_c`: what speaks against class c?"""
    return -_one_hot(class_index, class_count)


def _one_hot(class_index: int, class_count: int) -> NDArray[np.float32]:
    # Negative indexes would silently mean other classes.
    if not 0 <= class_index < class_count:
        raise QuestionError(
            "there is no class {index}: the model has classes 0 to {last}",
            index=class_index,
            last=class_count - 1,
        )
    weights = np.zeros((1, class_count), np.float32)
    weights[0, class_index] = 1
    return weights


def explained_classes(weights: NDArray[np.float32]) -> tuple[int, ...]:
    """The class each score speaks of: its largest weight, or, where all speak against, its lowest."""
    positive = weights.max(axis=1) > 0
    return tuple(int(i) for i in np.where(positive, weights.argmax(axis=1), weights.argmin(axis=1)))
