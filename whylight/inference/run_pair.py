"""Run the two graphs of an open pair.

All runs use ONNX Runtime's I/O binding: tensors passed from the forward to the gradient graph stay on their
device, and only the required outputs are copied back. The same code runs on the CPU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from whylight.inference.open_pair import OpenedPair
from whylight.methods import METHODS
from whylight.methods.availability import gradient_method
from whylight.score_weights import class_weights, explained_classes
from whylight.segmentation.description import background_class
from whylight.segmentation.regions import region_weights, winners
from whylight.tensor_names import (
    BOXES,
    CHANNEL_MEANS,
    GRADIENTS,
    IMAGE,
    IMAGE_INDEX,
    LOGITS,
    PLACE_SCORES,
    PLACE_WEIGHTS,
    SCORE_WEIGHTS,
    WITH_GRADIENTS,
)

HOST = "cpu"
"""ONNX Runtime's name of the host memory."""

NOTHING = ""
"""Value of `InferenceRequest.derived` if the gradient graph is not needed."""

MOST_KEPT_SCORES = 8
"""Maximum number of scores for which gradients are kept: 0.8 MB each with the bundled model."""

Tensors = Mapping[str, NDArray[np.float32]]
"""Outputs of the forward graph for one image, by name, one row each."""


@dataclass(frozen=True, slots=True, eq=False)
class InferenceRequest:
    """An image to explain."""

    pixels: NDArray[np.uint8]
    """RGB `[H, W, 3]`."""
    weights: NDArray[np.float32] | None
    """Score weights `[M, K]`; None for the `top` most probable classes."""
    top: int
    derived: str
    """Required output of the gradient graph: `CHANNEL_MEANS`, `GRADIENTS` or `NOTHING`."""
    place_weights: NDArray[np.float32] | None = None
    """For scores at places, which of them count for each score, `[M, P]`; None for `usual_places`."""

    @property
    def scores(self) -> int:
        """Maximum number of scores."""
        return self.top if self.weights is None else len(self.weights)


@dataclass(frozen=True, slots=True)
class GradientResult:
    """Output of the gradient graph for the scores of one image."""

    pair: OpenedPair
    """The pair that was run."""
    values: NDArray[np.float32]
    """Means of gradients `[M, C]`, gradients `[M, C, h, w]`, or `[M, 0]` for `NOTHING`."""
    gradient_ms: float

    @property
    def gradients(self) -> NDArray[np.float32] | None:
        """Gradients `[M, C, h, w]`, if they were computed."""
        return self.values if self.values.ndim == 4 else None

    @property
    def kept(self) -> NDArray[np.float32] | None:
        """Gradients to store in an explanation; None if there are too many scores."""
        return self.gradients if len(self.values) <= MOST_KEPT_SCORES else None

    def maps(self, activations: NDArray[np.float32], method: str) -> NDArray[np.float32]:
        """Compute maps `[M, h, w]` by a compatible method from activations `[C, h, w]`."""
        entry = METHODS[method]
        make = entry.of_means if self.gradients is None and entry.of_means is not None else entry
        maps: NDArray[np.float32] = make(activations, self.values)
        return maps


@dataclass(frozen=True, slots=True)
class InferenceResult:
    """Outputs of both graphs for one image."""

    logits: NDArray[np.float32]
    """`[K]`."""
    weights: NDArray[np.float32]
    """Score weights `[M, K]`."""
    place_weights: NDArray[np.float32] | None
    """Place weights `[M, P]`; None where scores have no places."""
    tensors: Tensors
    """The other outputs of the forward graph."""
    derived: GradientResult
    forward_ms: float
    """Time per image of the batch, as is `derived.gradient_ms`."""


def derived_for(pair: OpenedPair, method: str) -> str:
    """Return the output of the gradient graph that a method needs.

    Raises:
        QuestionError: there is no such method.
    """
    of_means = METHODS[gradient_method(method)].of_means
    return CHANNEL_MEANS if pair.has_means and of_means is not None else GRADIENTS


def answer(pair: OpenedPair, requests: Sequence[InferenceRequest]) -> list[InferenceResult]:
    """Run both graphs once for requests of equal image size and `derived`."""
    started = perf_counter()
    images = _batch([request.pixels for request in requests])
    where = dict.fromkeys(pair.outputs, pair.device) | {LOGITS: HOST}
    made = _run(pair.forward, {IMAGE: _host(images)}, where)
    logits = made.pop(LOGITS).numpy()
    answered = perf_counter()
    weights = [
        _most_probable(row, request.top, pair) if request.weights is None else request.weights
        for row, request in zip(logits, requests, strict=True)
    ]
    places = [
        _places(pair, made, index, scores, request.place_weights)
        for index, (scores, request) in enumerate(zip(weights, requests, strict=True))
    ]
    rows = np.repeat(np.arange(len(requests)), [len(scores) for scores in weights])
    tail = {name: made[name] for name in pair.tail_inputs}
    all_places = np.concatenate([each for each in places if each is not None]) if pair.has_places else None
    values = _derive(pair, tail, rows, np.concatenate(weights), all_places, requests[0].derived)
    derived = perf_counter()
    kept = {name: tensor.numpy() for name, tensor in made.items()}
    share = 1000 / len(requests)
    return [
        InferenceResult(
            logits=_own(logits, index, len(requests))[0],
            weights=scores,
            place_weights=places[index],
            tensors={name: _own(tensor, index, len(requests)) for name, tensor in kept.items()},
            derived=GradientResult(pair, part, share * (derived - answered)),
            forward_ms=share * (answered - started),
        )
        for index, (scores, part) in enumerate(zip(weights, _parts(values, weights), strict=True))
    ]


def predict(pair: OpenedPair, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return logits `[N, K]` of images `[N, H, W, 3]`."""
    return np.asarray(_run(pair.forward, {IMAGE: _host(images)}, {LOGITS: HOST})[LOGITS].numpy())


def predict_at_places(
    pair: OpenedPair, images: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return scores `[N, K, P]` and boxes `[N, 4, P]` of images.

    A segmenter has no boxes, `[N, 4, 0]`.
    """
    where = {name: HOST for name in (PLACE_SCORES, BOXES) if name in pair.outputs}
    found = {
        name: np.asarray(value.numpy())
        for name, value in _run(pair.forward, {IMAGE: _host(images)}, where).items()
    }
    return found[PLACE_SCORES], found.get(BOXES, np.empty((len(images), 4, 0), np.float32))


def run_gradient(
    pair: OpenedPair,
    tensors: Tensors,
    weights: NDArray[np.float32],
    derived: str,
    place_weights: NDArray[np.float32] | None = None,
) -> GradientResult:
    """Run the gradient graph for scores `[M, K]` given the image's tensors.

    Args:
        pair: the two graphs.
        tensors: tensors of the image.
        weights: the score weights.
        derived, place_weights: as of `InferenceRequest`.
    """
    started = perf_counter()
    tail = {name: _host(tensors[name]) for name in pair.tail_inputs}
    if pair.has_places and place_weights is None:
        place_weights = usual_places(pair, tensors[PLACE_SCORES][0], weights)
    values = _derive(pair, tail, np.zeros(len(weights), np.int64), weights, place_weights, derived)
    return GradientResult(pair, values, 1000 * (perf_counter() - started))


def _derive(
    pair: OpenedPair,
    tail: Mapping[str, onnxruntime.OrtValue],
    image_index: NDArray[np.int64],
    weights: NDArray[np.float32],
    place_weights: NDArray[np.float32] | None,
    derived: str,
) -> NDArray[np.float32]:
    if derived == NOTHING:
        return np.zeros((len(weights), 0), np.float32)
    assert pair.gradient is not None, "what a model lacks is refused before"
    question: dict[str, NDArray[np.generic]] = {IMAGE_INDEX: image_index, SCORE_WEIGHTS: weights}
    if place_weights is not None:
        question[PLACE_WEIGHTS] = place_weights
    if pair.has_means:
        question[WITH_GRADIENTS] = np.array(derived != CHANNEL_MEANS)
    feed = {**tail, **{name: _host(value) for name, value in question.items()}}
    return np.asarray(_run(pair.gradient, feed, {derived: HOST})[derived].numpy())


def _run(
    session: onnxruntime.InferenceSession,
    feed: Mapping[str, onnxruntime.OrtValue],
    where: Mapping[str, str],
) -> dict[str, onnxruntime.OrtValue]:
    """Return outputs by name, each in the given memory; inputs may be on any device."""
    binding = session.io_binding()
    for name, value in feed.items():
        binding.bind_ortvalue_input(name, value)
    for name, memory in where.items():
        binding.bind_output(name, memory)
    # Copies to the device may be pending in the other session's stream.
    binding.synchronize_inputs()
    session.run_with_iobinding(binding)
    binding.synchronize_outputs()
    return dict(zip(where, binding.get_outputs(), strict=True))


def _host(value: NDArray[np.generic]) -> onnxruntime.OrtValue:
    """Wrap an array without copying; the runtime copies it to the device."""
    return onnxruntime.OrtValue.ortvalue_from_numpy(np.asarray(value, order="C"))


def _batch(images: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    return images[0][None] if len(images) == 1 else np.stack(images)


def _most_probable(logits: NDArray[np.float32], top: int, pair: OpenedPair) -> NDArray[np.float32]:
    """Return the score weights of the most probable classes.

    Of a segmenter the background comes last, whose region is mostly the largest.
    """
    best = np.argsort(-logits, kind="stable")
    background = None if pair.card.segmenter is None else background_class(pair.card.classes)
    if background is not None:
        best = np.array([*best[best != background], *best[best == background]])
    best = best[:top]
    return np.concatenate([class_weights(int(index), len(logits)) for index in best])


def usual_places(
    pair: OpenedPair, scores: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the places `[M, P]` of questions that name none.

    A segmenter is asked about the whole region of the class, a detector about the best place.

    Args:
        pair: the pair that made the scores.
        scores: scores of one image, `[K, P]`.
        weights: score weights `[M, K]`.
    """
    if pair.card.segmenter is None:
        return best_places(scores, weights)
    classes = list(explained_classes(weights))
    return region_weights(winners(scores, pair.card.answers)[classes], scores[classes])


def best_places(scores: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the place of each question that names none, one-hot `[M, P]`.

    It is the place where the class asked for scores highest.

    Args:
        scores: scores of one image, `[K, P]`.
        weights: score weights `[M, K]`.
    """
    classes = explained_classes(weights)
    places = scores[list(classes)].argmax(axis=1)
    found = np.zeros((len(weights), scores.shape[1]), np.float32)
    found[np.arange(len(weights)), places] = 1
    return found


def _places(
    pair: OpenedPair,
    made: Mapping[str, onnxruntime.OrtValue],
    index: int,
    weights: NDArray[np.float32],
    asked: NDArray[np.float32] | None,
) -> NDArray[np.float32] | None:
    if not pair.has_places:
        return None
    return usual_places(pair, made[PLACE_SCORES].numpy()[index], weights) if asked is None else asked


def _parts(values: NDArray[np.float32], weights: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Split rows into those of each image's scores."""
    if len(weights) == 1:
        return [values]
    ends = np.cumsum([len(scores) for scores in weights])
    return [part.copy() for part in np.split(values, ends[:-1])]


def _own(values: NDArray[np.float32], index: int, count: int) -> NDArray[np.float32]:
    """Return one row, copied so that an explanation does not keep the batch in memory."""
    return values if count == 1 else values[index : index + 1].copy()
