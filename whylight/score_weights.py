"""Questions as score weights: linear forms of the K logits, float32 `[1, K]`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from whylight.class_names import Target, find_class
from whylight.errors import QuestionError


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a class: why, why rather than another, or what is against it."""

    class_index: int
    rather_than: int | None = None
    """Index of the other class in "why a rather than b?"."""
    against: bool = False
    """Whether to explain the evidence against the class."""

    def weights(self, class_count: int) -> NDArray[np.float32]:
        """Return the score as a linear form of the K logits, float32 `[1, K]`.

        Raises:
            QuestionError: there is no such class, or both are the same.
        """
        if self.rather_than is not None:
            return contrast_weights(self.class_index, self.rather_than, class_count)
        if self.against:
            return counter_weights(self.class_index, class_count)
        return class_weights(self.class_index, class_count)

    def words(self, class_names: Sequence[str]) -> str:
        """Return the question as text: `why cat rather than dog?`."""
        name = class_names[self.class_index]
        if self.rather_than is not None:
            return f"why {name} rather than {class_names[self.rather_than]}?"
        return f"what speaks against {name}?" if self.against else f"why {name}?"


def stacked_weights(questions: Sequence[Question], class_count: int) -> NDArray[np.float32] | None:
    """Return the scores of M questions, float32 `[M, K]`; None without questions.

    Raises:
        QuestionError: there is no such class, or a class is contrasted with itself.
    """
    if not questions:
        return None
    return np.concatenate([question.weights(class_count) for question in questions])


def make_questions(
    target: Target | Sequence[Target],
    class_names: Sequence[str],
    rather_than: Target | None = None,
    against: bool = False,
    further_names: Sequence[str] = (),
) -> list[Question]:
    """Create questions about classes given by name or index.

    Args:
        target: one or several classes.
        class_names: names of all K classes.
        rather_than: the class with which each target is contrasted.
        against: whether to explain the evidence against each target.
        further_names: further names of each class, separated by `; `.

    Raises:
        QuestionError: there is no such class, no target, or both `rather_than` and `against` are given.
    """
    if against and rather_than is not None:
        raise QuestionError("rather_than and against cannot be combined")
    if isinstance(target, (list, tuple, np.ndarray)):
        targets = list(target)
    else:
        targets = [cast("Target", target)]
    if not targets:
        raise QuestionError("no class to explain; expected at least one")
    other = None if rather_than is None else find_class(rather_than, class_names, further_names)
    return [Question(find_class(one, class_names, further_names), other, against) for one in targets]


def class_weights(class_index: int, class_count: int) -> NDArray[np.float32]:
    """Return `e_c`: the evidence for class c."""
    return _one_hot(class_index, class_count)


def contrast_weights(class_index: int, other_index: int, class_count: int) -> NDArray[np.float32]:
    """Return `e_a - e_b`: the evidence for class a rather than class b.

    Raises `QuestionError` also if both are the same class, since that score is always zero.
    """
    if class_index == other_index:
        raise QuestionError(
            "class {index} cannot be contrasted with itself; choose two different classes", index=class_index
        )
    return _one_hot(class_index, class_count) - _one_hot(other_index, class_count)


def counter_weights(class_index: int, class_count: int) -> NDArray[np.float32]:
    """Return `-e_c`: the evidence against class c."""
    return -_one_hot(class_index, class_count)


def _one_hot(class_index: int, class_count: int) -> NDArray[np.float32]:
    # Negative indices would select other classes.
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
    """Return each score's class: its largest weight, or its lowest if all are <= 0."""
    positive = weights.max(axis=1) > 0
    return tuple(int(i) for i in np.where(positive, weights.argmax(axis=1), weights.argmin(axis=1)))
