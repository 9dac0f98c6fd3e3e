"""Verify the gradients of a pair by finite differences before it is written.

The forward graph is cut at the layer. Central differences of the scores along random directions are compared
with the directional derivatives by the gradient graph; and gradients of several scores of several images in
one run with those of a run for each.

*Kinks.* Differences across a kink (ReLU, MaxPool) or a jump (TopK, Floor) are no derivatives. So activations
are first moved off the ties at which they lie by the thousand (the zeros behind a ReLU), several steps are
tried, and a difference counts against a gradient only where two steps agree with each other and not with it.
A unit that lies at its kink by chance does so in one image; a wrong gradient is wrong in most.

*Precision.* Small tails are evaluated in float64 by ONNX's reference implementation, where steps can be so
small that hardly a unit crosses its kink; others in float32 by ONNX Runtime. A difference found in float32 is
checked in float64, where that is possible, before the gradient is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

from whylight.errors import ModelError
from whylight.graphs.editor import graphs_within
from whylight.graphs.extraction import Tail, cut_tail
from whylight.graphs.graph_view import Graph, producers
from whylight.graphs.in_memory import open_in_memory
from whylight.layers.retarget import remove_qdq
from whylight.pair.build import Pair
from whylight.tensor_names import (
    ACTIVATIONS,
    GRADIENTS,
    IMAGE,
    IMAGE_INDEX,
    LOGITS,
    PLACE_SCORES,
    PLACE_WEIGHTS,
    SCORE_WEIGHTS,
    WITH_GRADIENTS,
)

IMAGES = 3
"""How many images are tried."""
_SCORES = 2
"""Scores of each image."""
_DIRECTIONS = 4
_JITTER = 0.05
"""By how much activations are moved off their ties, relative to their spread."""
_CONVERGED = 0.2
"""Largest difference between the estimates of two steps, in relation to that from the gradient, for them to
be evidence against it."""
_TOGETHER_TOLERANCE = 2e-2
"""Largest difference of a gradient asked with others from the same asked alone, in relation to its length."""
_PATCHES = 8
"""Places of the image that are changed to see where the activations follow."""
_LEAST_RANK = 0.7
"""The mean share of a map's places that have to change less than the one where the image was changed. In a
map whose places are mixed up it is one half."""
_MOST_WORK = 10**9
"""Multiplications up to which a run of the tail is tried in float64."""
_LITTLE_WORK = 2 * 10**7
"""The same, up to which float64 is tried first."""
_SLOW = frozenset(
    (
        "MaxPool",
        "AveragePool",
        "Resize",
        "GridSample",
        "Col2Im",
        "LSTM",
        "GRU",
        "RNN",
        "RoiAlign",
        "LRN",
        "Loop",
    )
)
"""Operators that the reference implementation runs place by place, in Python."""
_SLOWNESS = 3000
_JUMPING = frozenset(("Round", "Floor", "Ceil", "Sign", "QuantizeLinear", "DynamicQuantizeLinear"))

Real = NDArray[np.floating]
Logits = Callable[[NDArray[np.float64]], NDArray[np.floating]]
"""From activations `[N, C, h, w]` to logits `[N, K]`."""


@dataclass(frozen=True, slots=True)
class _Precision:
    """Steps and tolerance of finite differences in one floating-point precision."""

    steps: tuple[float, ...]
    unit: float
    """Rounding error of numbers about 1."""
    tolerance: float
    """Largest length of the difference between estimates and gradient, over that of the larger."""


_DOUBLE = _Precision((1e-6, 1e-7, 1e-8), 2.0**-53, 2e-3)
_SINGLE = _Precision((1e-3, 3e-4, 1e-4, 1e-2), 2.0**-24, 0.1)
_ROUNDED = _Precision((3e-2, 1e-2, 3e-3), 2.0**-24, 0.5)
"""Where the network rounds behind the layer, which is differentiated straight through: differences are those
without rounding, so that units lie elsewhere."""


def trial_images(size: tuple[int, int]) -> NDArray[np.uint8]:
    """Draw images uint8 `[IMAGES, h, w, 3]`: noise, and discs on colour gradients."""
    rng, (height, width) = np.random.default_rng(6), size
    images = [rng.integers(0, 256, (height, width, 3)).astype(np.float64)]
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    while len(images) < IMAGES:
        slopes = rng.uniform(-120, 120, (2, 3))
        image = rng.uniform(60, 200, 3) + down[..., None] * slopes[0] + across[..., None] * slopes[1]
        for _ in range(6):
            row, column, radius = *rng.uniform(0, 1, 2), rng.uniform(0.08, 0.35)
            inside = (down - row) ** 2 + (across - column) ** 2 < radius**2
            image[inside] = rng.uniform(0, 255, 3) + rng.normal(0, 12, (int(inside.sum()), 3))
        images.append(image + rng.normal(0, 4, image.shape))
    return np.clip(np.stack(images), 0, 255).astype(np.uint8)


class GradientCheck:
    """Forward pass of a pair over a few images, and checks of its gradients.

    Args:
        pair: just made, with gradients.
        alone: whether its graphs take one image and one score alone.

    Raises:
        ModelError: the forward graph cannot be run.
    """

    def __init__(self, pair: Pair, *, alone: bool = False) -> None:
        self._alone = alone
        assert pair.gradient is not None, "a pair with gradients was asked for"
        self._cut = _source(pair.forward, ACTIVATIONS)
        placed = pair.card.detector or pair.card.segmenter
        self._answer = LOGITS if placed is None else PLACE_SCORES
        self._gradient = open_in_memory(pair.gradient, optimise=True)
        self._extra = [
            value.name
            for value in self._gradient.get_inputs()
            if value.name not in (ACTIVATIONS, IMAGE_INDEX, SCORE_WEIGHTS, PLACE_WEIGHTS, WITH_GRADIENTS)
        ]
        picked = Graph(pair.forward).picked().intersection(self._extra)
        self._tail = cut_tail(pair.forward, self._cut, self._answer, picked)
        self._rounds = remove_qdq(self._tail.model, self._cut)
        self._classes = len(pair.card.classes)
        images = trial_images(pair.card.input_size)
        self._images = images[1:2] if alone else images
        self._count = len(self._images)
        names = list(dict.fromkeys([*self._tail.inputs, *self._extra, LOGITS, self._answer]))
        try:
            self._forward = open_in_memory(pair.forward, optimise=True, outputs=names)
            self._values = dict(zip(names, self._forward.run(names, {IMAGE: self._images}), strict=True))
        except Exception as error:  # the runtime raises a family of types of its own
            raise ModelError(
                "ONNX Runtime cannot run the forward graph that was made: {reason}", reason=error
            ) from error
        self._activations = self._values[self._cut]
        # Scores at places are tried at all places at once, mixed at random.
        self._places = None
        if placed is not None:
            mixed = np.random.default_rng(11).standard_normal(placed.places)
            self._places = np.asarray(mixed / np.sqrt(placed.places), np.float32)

    def at_noise(self) -> NDArray[np.float32]:
        """Return the gradient `[1, C, h, w]` of a random score for an image of noise."""
        weights = np.random.default_rng(7).standard_normal((1, self._classes)).astype(np.float32)
        values = {name: self._values[name] for name in self._extra}
        rows = slice(None) if self._alone else slice(0, 1)
        return self._run(self._activations[:1], values, np.zeros(1, np.int64), weights, rows)

    def require_places(self, layer: str) -> None:
        """Refuse a map whose positions do not match those of the image.

        A part of an image is replaced; the activations have to change at that position more than elsewhere.

        Args:
            layer: its name, for the message.

        Raises:
            ModelError: they change elsewhere.
        """
        rows, columns = self._activations.shape[2:]
        rng, image = np.random.default_rng(9), self._images[1]
        tried = rng.choice(rows * columns, min(_PATCHES, rows * columns), replace=False)
        covered = np.repeat(image[None], len(tried) + 1, axis=0)
        for patched, place in zip(covered[1:], tried, strict=True):
            (top, bottom), (left, right) = (
                (number * size // count, max((number + 1) * size // count, number * size // count + 1))
                for number, count, size in (
                    (place // columns, rows, image.shape[0]),
                    (place % columns, columns, image.shape[1]),
                )
            )
            patched[top:bottom, left:right] = rng.integers(0, 256, patched[top:bottom, left:right].shape)
        (plain, *others) = (
            self._forward.run([self._cut], {IMAGE: one[None]})[0].astype(np.float64) for one in covered
        )
        ranks = []
        for other, place in zip(others, tried, strict=True):
            change = np.abs(other - plain).sum(axis=(0, 1)).ravel()
            ranks.append(float((change < change[place]).sum()) / max(len(change) - 1, 1))
        if np.mean(ranks) < _LEAST_RANK:
            raise ModelError(
                "which place of the image each value of layer '{layer}' belongs to could not be told: what "
                "changes at a place of the image changes the layer elsewhere. Choose another layer, see "
                "--inspect",
                layer=layer,
            )

    def require_right(self, layer: str) -> None:
        """Refuse gradients that differ from finite differences of the scores.

        Args:
            layer: its name, for the message.

        Raises:
            ModelError: they differ from finite differences, or several at once from one by one.
        """
        rng = np.random.default_rng(8)
        index = np.repeat(np.arange(self._count), _SCORES)
        weights = self._score_weights(rng)
        single = self._single()
        for spread in (_additive_spread, np.abs):
            base, scale = self._moved(rng, spread)
            values = self._extra_values(base)
            found = self._run(base, values, index, weights)
            if np.isfinite(found).all() and np.isfinite(single(base.astype(np.float64))).all():
                break
        else:
            return  # nothing can be told around a place where scores or gradients are infinite
        self._require_alike_alone(layer, found, base, values, index, weights)
        worst = self._disagreement(rng, base, scale, found.astype(np.float64), weights)
        if worst:
            raise ModelError(
                "the gradient at layer '{layer}' differs from finite differences of the scores by "
                "{difference:.2g} of its length; nothing was written. Please report this model",
                layer=layer,
                difference=worst,
            )

    def _score_weights(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Return score weights `[images * _SCORES, K]`, two scores an image.

        The first is the image's most probable class, the second a random mixture of all classes.
        """
        likeliest = np.eye(self._classes)[self._values[LOGITS].argmax(axis=1)]
        mixed = rng.standard_normal((self._count, self._classes))
        return np.stack([likeliest, mixed], axis=1).reshape(-1, self._classes).astype(np.float32)

    def _moved(
        self, rng: np.random.Generator, spread: Callable[[Real], Real]
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return jittered activations without ties, and the scale of their steps."""
        scale = np.asarray(spread(self._activations.astype(np.float64)), np.float64)
        moved = self._activations + _JITTER * scale * rng.standard_normal(scale.shape)
        return moved.astype(np.float32), scale

    def _run(
        self,
        activations: NDArray[np.float32],
        values: Mapping[str, NDArray[np.generic]],
        index: NDArray[np.int64],
        weights: NDArray[np.float32],
        rows: slice = slice(None),
    ) -> NDArray[np.float32]:
        if self._alone and len(index) > 1:
            parts = [
                self._run(activations, values, index[row : row + 1], weights[row : row + 1])
                for row in range(len(index))
            ]
            return np.concatenate(parts)
        feed = {
            ACTIVATIONS: activations,
            IMAGE_INDEX: index,
            SCORE_WEIGHTS: weights,
            **({} if self._places is None else {PLACE_WEIGHTS: np.tile(self._places, (len(weights), 1))}),
            **{name: value[rows] for name, value in values.items()},
        }
        taken = {value.name for value in self._gradient.get_inputs()}
        (found,) = self._gradient.run([GRADIENTS], {name: feed[name] for name in feed if name in taken})
        return np.asarray(found, np.float32)

    def _extra_values(self, activations: NDArray[np.float32]) -> dict[str, NDArray[np.generic]]:
        """Return the gradient graph's further inputs, by name.

        Those behind the layer are computed from `activations`, the others are those of the images.
        """
        made = {name for node in self._tail.model.graph.node for name in node.output}
        behind = [name for name in self._extra if name in made]
        values: dict[str, NDArray[np.generic]] = {
            name: self._values[name] for name in self._extra if name not in made
        }
        if behind:
            feed = {name: self._values[name] for name in self._tail.inputs} | {self._cut: activations}
            session = open_in_memory(_declared(self._tail.model, feed), outputs=behind)
            values.update(zip(behind, session.run(behind, feed), strict=True))
        return values

    def _require_alike_alone(
        self,
        layer: str,
        found: NDArray[np.float32],
        base: NDArray[np.float32],
        values: Mapping[str, NDArray[np.generic]],
        index: NDArray[np.int64],
        weights: NDArray[np.float32],
    ) -> None:
        differing = set()
        for row, image in enumerate(index):
            own = slice(image, image + 1)
            rows = slice(None) if self._alone else own
            apart = self._run(base[own], values, np.zeros(1, np.int64), weights[row : row + 1], rows)[0]
            if _relative(found[row], apart) > _TOGETHER_TOLERANCE:
                differing.add(int(image))
        if 2 * len(differing) > self._count:
            raise ModelError(
                "the gradients at layer '{layer}' of several scores asked at once differ from those asked "
                "one by one; nothing was written. Please report this model",
                layer=layer,
            )

    def _disagreement(
        self,
        rng: np.random.Generator,
        base: NDArray[np.float32],
        scale: NDArray[np.float64],
        found: NDArray[np.float64],
        weights: NDArray[np.float32],
    ) -> float | None:
        """Return by how much finite differences differ (see `_contradiction`)."""
        directions = scale * rng.standard_normal((_DIRECTIONS, *scale.shape))
        along = found.reshape(self._count, _SCORES, -1)
        predicted = np.einsum("dnx,nsx->dns", directions.reshape(_DIRECTIONS, self._count, -1), along)
        scores = weights.reshape(self._count, _SCORES, -1).astype(np.float64)

        def contradiction(logits: Logits, precision: _Precision) -> float | None:
            largest = 0.0

            def estimate(step: float) -> NDArray[np.float64]:
                nonlocal largest
                ends = [
                    np.stack([logits(base + sign * step * one) for one in directions]) for sign in (1, -1)
                ]
                largest = max(largest, float(np.abs(ends[0]).max()))
                slopes = (ends[0].astype(np.float64) - ends[1]) / (2 * step)
                return np.asarray(np.einsum("dnk,nsk->dns", slopes, scores), np.float64)

            def rounding(step: float) -> float:
                return precision.unit * largest / step

            return _contradiction(predicted, estimate, precision, rounding)

        work = None if self._rounds else _work(self._tail, self._values)
        double = self._double(base) if work is not None and work <= _MOST_WORK else None
        worst = None
        if double is not None and work is not None and work <= _LITTLE_WORK:
            worst = contradiction(double, _DOUBLE)
        if worst is not None:
            return worst
        worst = contradiction(self._single(), _ROUNDED if self._rounds else _SINGLE)
        if not worst:
            return worst
        if double is not None:
            return contradiction(double, _DOUBLE)
        jumps = any(node.op_type in _JUMPING for node in self._tail.model.graph.node)
        return None if jumps else worst

    def _single(self) -> Logits:
        feed = {name: self._values[name] for name in self._tail.inputs}
        session = open_in_memory(_declared(self._tail.model, feed), optimise=True)

        def logits(activations: NDArray[np.float64]) -> NDArray[np.floating]:
            (found,) = session.run([self._answer], {**feed, self._cut: activations.astype(np.float32)})
            return self._over_places(np.asarray(found, np.float32))

        return logits

    def _over_places(self, scores: Real) -> Real:
        """Return the weighted sum `[N, K]` of scores over their places."""
        if self._places is None:
            return scores
        # In float64: thousands of scores near a bias of -10 would leave little of their changes.
        return np.asarray(scores.astype(np.float64) @ self._places)

    def _double(self, base: NDArray[np.float32]) -> Logits | None:
        """Return the tail in float64, None if the reference implementation cannot."""
        feed = {name: _as_double(self._values[name]) for name in self._tail.inputs}
        try:
            evaluator = ReferenceEvaluator(_in_double(self._tail.model))

            def logits(activations: NDArray[np.float64]) -> NDArray[np.floating]:
                feeds = {**feed, self._cut: activations}
                (found,) = cast(list[Real], evaluator.run([self._answer], feeds))
                return self._over_places(np.asarray(found))

            with np.errstate(all="ignore"):
                known, found = self._single()(base.astype(np.float64)), logits(base.astype(np.float64))
        except Exception:  # it lacks operators, and has flaws of many kinds
            return None
        return logits if found.dtype == np.float64 and _relative(found, known) < 1e-4 else None


def _contradiction(
    predicted: NDArray[np.float64],
    estimate: Callable[[float], NDArray[np.float64]],
    precision: _Precision,
    rounding: Callable[[float], float] = lambda _: 0.0,
) -> float | None:
    """Compare estimates `[directions, images, scores]` with predictions.

    Predicted slopes below `rounding(step)` cannot be seen in differences of that step, which are no evidence.

    Returns:
        0 where they agree in most images at some step; the largest difference where in most images two steps
        agree with each other and none with the prediction; None where the estimates do not converge.
    """
    images = predicted.shape[1]
    wrong: dict[int, float] = {}
    open_ = set(range(images))
    before: NDArray[np.float64] | None = None
    for step in precision.steps:
        found = estimate(step)
        for image in sorted(open_):
            difference = _worst_score(found[:, image], predicted[:, image])
            if difference <= precision.tolerance:
                open_.discard(image)
                wrong.pop(image, None)
            elif (
                before is not None
                and float(np.abs(predicted[:, image]).max()) > rounding(step)
                and _worst_score(found[:, image], before[:, image]) <= _CONVERGED * difference
            ):
                wrong[image] = difference
        before = found
        if 2 * len(open_) <= images:
            return 0.0
    return max(wrong.values()) if 2 * len(wrong) > images else None


def _worst_score(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the largest relative difference of the columns `[directions, scores]`."""
    return max(_relative(one[:, score], other[:, score]) for score in range(one.shape[1]))


def _relative(one: Real, other: Real) -> float:
    """Return the norm of the difference over the larger norm; infinite for NaN."""
    longer = max(float(np.linalg.norm(one)), float(np.linalg.norm(other)), 1e-30)
    difference = float(np.linalg.norm(np.asarray(one, np.float64) - other)) / longer
    return difference if np.isfinite(difference) else np.inf


def _additive_spread(activations: Real) -> Real:
    """Return the standard deviation of each channel, at least 3 % of the image's."""
    axes = tuple(range(2, activations.ndim))
    spread = activations.std(axis=axes, keepdims=True)
    whole = activations.std(axis=tuple(range(1, activations.ndim)), keepdims=True)
    return np.broadcast_to(np.maximum(spread, 0.03 * whole), activations.shape)


def _source(model: onnx.ModelProto, name: str) -> str:
    """Return the network's tensor behind an output of a public name."""
    made_by = producers(model.graph)
    while made_by[name].op_type == "Identity" and made_by[name].input[0] in made_by:
        name = made_by[name].input[0]
    return name


def _declared(model: onnx.ModelProto, feed: Mapping[str, NDArray[np.generic]]) -> onnx.ModelProto:
    """Declare the inputs with the types and shapes of the values fed."""
    for value in model.graph.input:
        kind = helper.np_dtype_to_tensor_dtype(feed[value.name].dtype)
        value.CopyFrom(helper.make_tensor_value_info(value.name, kind, feed[value.name].shape))
    return model


def _as_double(value: NDArray[np.generic]) -> NDArray[np.generic]:
    return value.astype(np.float64) if value.dtype == np.float32 else value


def _in_double(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy with float64 in place of float32."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    for graph in graphs_within(made.graph):
        for tensor in graph.initializer:
            _widen(tensor)
        for value in (*graph.input, *graph.output):
            if value.type.tensor_type.elem_type == TensorProto.FLOAT:
                value.type.tensor_type.elem_type = TensorProto.DOUBLE
        for node in graph.node:
            for entry in node.attribute:
                if entry.name in ("to", "dtype") and entry.i == TensorProto.FLOAT:
                    entry.i = TensorProto.DOUBLE
                elif entry.name == "value_float":
                    entry.CopyFrom(helper.make_attribute("value", _double_tensor(np.float64(entry.f))))
                elif entry.name == "value_floats":
                    entry.CopyFrom(helper.make_attribute("value", _double_tensor(np.asarray(entry.floats))))
                elif entry.type == onnx.AttributeProto.TENSOR:
                    _widen(entry.t)
    return made


def _double_tensor(value: NDArray[np.generic] | np.generic) -> onnx.TensorProto:
    """Return a tensor of float64."""
    return numpy_helper.from_array(np.asarray(value, np.float64))


def _widen(tensor: onnx.TensorProto) -> None:
    if tensor.data_type == TensorProto.FLOAT:
        value = numpy_helper.to_array(tensor).astype(np.float64)
        tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))


def _work(tail: Tail, values: Mapping[str, NDArray[np.generic]]) -> int | None:
    """Estimate the multiplications of a run; None where shapes cannot be inferred."""
    model = _declared(tail.model, {name: values[name] for name in tail.inputs})
    inferred = shape_inference.infer_shapes(model, data_prop=True).graph
    sizes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*inferred.input, *inferred.value_info, *inferred.output)
    }
    sizes.update((tensor.name, list(tensor.dims)) for tensor in inferred.initializer)
    total = 0
    for node in inferred.node:
        shape = sizes.get(node.output[0])
        if shape is None or 0 in shape:
            return None
        count = int(np.prod(shape))
        if node.op_type in ("Conv", "ConvTranspose") and node.input[1] in sizes:
            count *= int(np.prod(sizes[node.input[1]][1:]))
        elif node.op_type in ("MatMul", "Gemm") and node.input[0] in sizes:
            count *= max(sizes[node.input[0]][-1:], default=1)
        elif node.op_type in _SLOW:
            count *= _SLOWNESS
        total += count
    return total
