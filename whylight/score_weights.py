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
    """Why a class, why one rather than another, or what speaks against one."""

    class_index: int
    rather_than: int | None = None
    """The index of the other class of "why a rather than b?"."""
    against: bool = False
    """Whether what speaks against the class is asked for."""

    def weights(self, class_count: int) -> NDArray[np.float32]:
        """The score as a linear form of the K logits, float32 `[1, K]`.

        Raises:
            QuestionError: there is no such class, or both are the same.
        """
        if self.rather_than is not None:
            return contrast_weights(self.class_index, self.rather_than, class_count)
        if self.against:
            return counter_weights(self.class_index, class_count)
        return class_weights(self.class_index, class_count)

    def words(self, class_names: Sequence[str]) -> str:
        """The question in words: `why cat rather than dog?`."""
        name = class_names[self.class_index]
        if self.rather_than is not None:
            return f"why {name} rather than {class_names[self.rather_than]}?"
        return f"what speaks against {name}?" if self.against else f"why {name}?"


def stacked_weights(questions: Sequence[Question], class_count: int) -> NDArray[np.float32] | None:
    """The scores of M questions, float32 `[M, K]`; None where nothing is asked.

    Raises:
        QuestionError: there is no such class, or a class is held against itself.
    """
    if not questions:
        return None
    return np.concatenate([question.weights(class_count) for question in questions])


def make_questions(
    target: Target | Sequence[Target],
    class_names: Sequence[str],
    rather_than: Target | None = None,
    against: bool = False,
) -> list[Question]:
    """Return the questions that classes named by people make.

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
    if isinstance(target, (list, tuple, np.ndarray)):
        targets = list(target)
    else:
        targets = [cast("Target", target)]
    if not targets:
        raise QuestionError("no class to explain; expected at least one")
    other = None if rather_than is None else find_class(rather_than, class_names)
    return [Question(find_class(one, class_names), other, against) for one in targets]


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
