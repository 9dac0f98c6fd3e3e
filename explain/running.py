"""Running the two graphs of an open pair: a picture to tensors, tensors and scores to maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import cast

import numpy as np
from numpy.typing import NDArray

from explain.errors import QuestionError
from explain.methods import METHODS, OF_MEANS
from explain.opening import CHANNEL_MEANS, WITH_GRADIENTS, OpenedPair

MOST_KEPT_SCORES = 8
"""An explanation of at most so many scores keeps their gradients: 0.8 MB a score with the bundled model."""

Tensors = Mapping[str, NDArray[np.float32]]
"""Outputs of the forward graph for one picture, by name, one row each."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """Maps of some scores, and what they took."""

    maps: NDArray[np.float32]
    """`[M, h, w]`, not normalised."""
    gradients: NDArray[np.float32] | None
    """`[M, C, h, w]`, where the method needed them and they are few enough to be kept."""
    gradient_ms: float
    maps_ms: float

    @property
    def timings_ms(self) -> dict[str, float]:
        """As `Explanation.timings_ms` where no picture was run."""
        return {"decode": 0.0, "forward": 0.0, "gradient": self.gradient_ms, "maps": self.maps_ms}


def run_forward(pair: OpenedPair, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Tensors]:
    """Logits `[K]` of a picture RGB uint8 `[H, W, 3]`, and the tensors that its tail takes."""
    values = pair.forward.run(list(pair.outputs), {"image": pixels[None]})
    made = dict(zip(pair.outputs, values, strict=True))
    tensors = {name: made[name] for name in pair.tail_inputs}
    tensors.setdefault("activations", made["activations"])
    return made["logits"][0], tensors


def map_scores(pair: OpenedPair, tensors: Tensors, weights: NDArray[np.float32], method: str) -> Mapped:
    """Maps of scores `[M, K]`, through the gradient graph alone.

    Raises:
        QuestionError: there is no such method.
    """
    check_method(method)
    started = perf_counter()
    if pair.has_means and method in OF_MEANS:
        means = _run(pair, tensors, weights, CHANNEL_MEANS)
        answered = perf_counter()
        return _mapped(OF_MEANS[method](tensors["activations"][0], means), None, started, answered)
    gradients = run_gradient(pair, tensors, weights)
    return remap(tensors, gradients, method, started)


def remap(
    tensors: Tensors, gradients: NDArray[np.float32], method: str, started: float | None = None
) -> Mapped:
    """Maps of known gradients `[M, C, h, w]`.

    Args:
        tensors: of the picture.
        gradients: of its scores.
        method: one of `explain.methods.METHODS`.
        started: when the gradients began to be made (`perf_counter`), if they were made for this.
    """
    answered = perf_counter()
    maps = METHODS[method](tensors["activations"][0], gradients)
    kept = gradients if len(gradients) <= MOST_KEPT_SCORES else None
    return _mapped(maps, kept, answered if started is None else started, answered)


def run_gradient(pair: OpenedPair, tensors: Tensors, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gradients `[M, C, h, w]` of scores `[M, K]` with respect to the activations."""
    return _run(pair, tensors, weights, "gradients")


def check_method(method: str) -> None:
    """Raise `QuestionError` where there is no method of that name."""
    if method not in METHODS:
        raise QuestionError(f"there is no method '{method}'; there are {', '.join(METHODS)}")


def _run(
    pair: OpenedPair, tensors: Tensors, weights: NDArray[np.float32], output: str
) -> NDArray[np.float32]:
    feed: dict[str, NDArray[np.generic]] = {name: tensors[name] for name in pair.tail_inputs}
    feed["image_index"] = np.zeros(len(weights), np.int64)
    feed["score_weights"] = weights
    if pair.has_means:
        feed[WITH_GRADIENTS] = np.array(output != CHANNEL_MEANS)
    return cast(NDArray[np.float32], pair.gradient.run([output], feed)[0])


def _mapped(
    maps: NDArray[np.float32], gradients: NDArray[np.float32] | None, started: float, answered: float
) -> Mapped:
    return Mapped(maps, gradients, 1000 * (answered - started), 1000 * (perf_counter() - answered))
