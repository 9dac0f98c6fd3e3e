"""Answers of a model for each class, as functions of its logits.

A score is explained by the gradient of a logit, and a user is shown the number that the file itself gives
for the class. Every file's answers are a function of what is differentiated: of logits in front of a known
ending, or of the logarithm of the answers themselves. The card names the kind;
docs/decisions/0080-answers.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast

import numpy as np
from numpy.typing import NDArray

SOFTMAX = "softmax"
"""One of K classes: the answers add up to one."""
SIGMOID = "sigmoid"
"""Several labels, each with an answer of its own in 0..1."""
BINARY = "binary"
"""Two classes by one score z: the logits are (-z, z), and each answer is the sigmoid of its own."""
NUMBER = "number"
"""One or several numbers of any size, such as an age: the answers are the scores themselves."""
SIMILARITY = "similarity"
"""An embedding of length one, or the cosines of its angles with others: -1..1."""
KINDS = (SOFTMAX, SIGMOID, BINARY, NUMBER, SIMILARITY)
"""The kinds by the names that the card and the command line use."""

NO_SHARES = frozenset((NUMBER, SIMILARITY))
"""Kinds whose answers are no probabilities."""


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the softmax along the last axis, without overflow."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return cast(NDArray[np.float32], powers / powers.sum(axis=-1, keepdims=True))


def sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 1 / (1 + exp(-x)) for any finite logits, however large."""
    powers = np.exp(-np.abs(logits))
    return cast(NDArray[np.float32], np.where(logits >= 0, 1, powers) / (1 + powers))


_FUNCTIONS: Mapping[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = MappingProxyType(
    {
        SOFTMAX: softmax,
        SIGMOID: sigmoid,
        BINARY: sigmoid,
        NUMBER: lambda logits: logits,
        SIMILARITY: lambda logits: logits,
    }
)


def answers_of(logits: NDArray[np.float32], kind: str, *, of_logarithm: bool) -> NDArray[np.float32]:
    """Return the model's answers `[..., K]` for logits `[..., K]`.

    They lie in 0..1, but for numbers.

    Args:
        logits: what is differentiated.
        kind: one of `KINDS`.
        of_logarithm: whether the logits are the logarithms of the answers.
    """
    if of_logarithm:
        return cast(NDArray[np.float32], np.exp(logits))
    return _FUNCTIONS[kind](logits)


def answer_words(answer: float, kind: str) -> str:
    """Return an answer as text: numbers and cosines as they are, else in per cent."""
    if kind == NUMBER:
        return f"{answer:.4g}"
    if kind == SIMILARITY:
        return f"{answer:.2f}"
    return "< 0.1 %" if 0 < answer < 0.0005 else f"{100 * answer:.1f} %"
