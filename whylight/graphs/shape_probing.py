"""What the tensors of a network look like for any batch size, found by running it with two.

Shapes are *probed*, not inferred: the network runs on random input with two batch sizes, and what
changes between them is the batch. That is exact for every operator that the runtime has, where
ONNX's static inference gives up on shapes that are themselves computed in the graph.

Tensors that depend on shapes and constants alone, never on the images' values, are probed by value: most
are the same for every batch (targets of Reshape, bounds of Slice), the others grow with it in one of three
ways (`SizeVector`, `TiledConstant`, `IndexRange`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, shape_inference

from whylight.errors import Message, ModelError
from whylight.graphs.graph_view import BatchMultiple, Dim, Graph, TensorInfo
from whylight.graphs.in_memory import open_in_memory
from whylight.runtime.external_weights import without_weights

PROBED_BATCHES = (2, 3)
"""Two sizes tell a dimension that follows the batch from one that does not."""

_SHAPE_READERS = ("Shape", "Size")


@dataclass(frozen=True, slots=True)
class SizeVector:
    """Integers `base + slope * rows`, of any shape: the target of an Expand that follows the batch."""

    base: NDArray[np.int64]
    slope: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TiledConstant:
    """A tensor that repeats `value` along the one axis that follows the batch.

    A class token, expanded to the batch, is one (of length 1 there), and so are the masks of windows.
    """

    value: NDArray[np.generic]
    shape: tuple[Dim, ...]


@dataclass(frozen=True, slots=True)
class IndexRange:
    """Integers `value + step * row`, row counting the images: row numbers, or places in a flattened batch."""

    value: NDArray[np.int64]
    """Those of the first image."""
    step: NDArray[np.int64]
    """Of the same shape."""
    axis: int = 0
    """Along which the integers of one image follow those of the image before it."""


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A tensor whose growth with the batch is unknown, which matters only if it is asked for."""

    why: Message


ShapeDependent = SizeVector | TiledConstant | IndexRange | UnknownValue


@dataclass(frozen=True, slots=True)
class ProbedShapes:
    """What is known of a network's tensors."""

    infos: Mapping[str, TensorInfo]
    """Shape and type of every tensor that a node makes, and of the input."""
    constants: Mapping[str, NDArray[np.generic]]
    """Values that the graph computes from constants and shapes, the same for any batch."""
    sized: Mapping[str, ShapeDependent]
    """Values that the graph computes from constants and shapes and that grow with the batch."""

    def real(self, graph: Graph) -> set[str]:
        """The tensors through which gradients flow: real numbers, and whole ones that stand for them.

        Shapes and indexes computed on the way carry none.
        """
        found = {name for name, info in self.infos.items() if np.issubdtype(info.dtype, np.floating)}
        found.update(name for node in graph.nodes if node.op_type == "QuantizeLinear" for name in node.output)
        return found - self.sized.keys()


def infer_dynamic_shapes(model: onnx.ModelProto, item_shape: tuple[int, ...]) -> ProbedShapes:
    """Run a network with two batch sizes and compare.

    Args:
        model: a network with one float32 input `[N, *item_shape]`, N dynamic.
        item_shape: the input's shape without its batch dimension, for images `(3, H, W)`.

    Raises:
        ModelError: the runtime refuses the model, or a dimension changes with the batch other than
            in proportion to it.
    """
    graph = Graph(model)
    tensors = [name for node in graph.nodes for name in node.output if name]
    valued = _taken_without_images(graph)
    dtypes = _inferred_dtypes(model)
    untyped = [name for name in tensors if name not in dtypes]
    try:
        # An output is kept until the run ends, even where nobody asks for it. So shapes are outputs, and
        # tensors only where their values are wanted or the runtime alone knows their types.
        session = open_in_memory(
            model,
            outputs=[*map(_shape_of, tensors), *dict.fromkeys([*valued, *untyped])],
            further_nodes=[helper.make_node("Shape", [name], [_shape_of(name)]) for name in tensors],
        )
        runs = [_run(session, batch, item_shape, tensors, valued) for batch in PROBED_BATCHES]
    except Exception as error:  # the runtime raises a family of types of its own
        raise ModelError(
            "the network does not run with batches of {batches}: {reason}",
            batches=PROBED_BATCHES,
            reason=error,
        ) from error
    dtypes.update({output.name: _dtype(output.type) for output in session.get_outputs()})
    infos = {
        name: _combine(name, dtypes[name], *(run[_shape_of(name)].tolist() for run in runs))
        for name in tensors
    }
    infos[graph.inputs[0]] = TensorInfo((BatchMultiple(1), *item_shape), np.dtype(np.float32))
    constants: dict[str, NDArray[np.generic]] = {}
    sized: dict[str, ShapeDependent] = {}
    for name in valued:
        small, large = (run[name] for run in runs)
        if small.shape == large.shape and np.array_equal(small, large, equal_nan=small.dtype.kind == "f"):
            constants[name] = small
        else:
            sized[name] = _grown(name, small, large, infos[name])
    return ProbedShapes(infos, constants, sized)


def _inferred_dtypes(model: onnx.ModelProto) -> dict[str, np.dtype[np.generic]]:
    """The types of tensors as far as ONNX's inference knows them."""
    light, _ = without_weights(model)
    inferred = shape_inference.infer_shapes(light).graph
    kinds = {
        value.name: value.type.tensor_type.elem_type for value in (*inferred.value_info, *inferred.output)
    }
    return {
        name: np.dtype(helper.tensor_dtype_to_np_dtype(kind))
        for name, kind in kinds.items()
        if kind != TensorProto.UNDEFINED
    }


def _taken_without_images(graph: Graph) -> list[str]:
    """Tensors that do not depend on the images' values but are taken by nodes that do."""
    dependent = set(graph.inputs)
    for node in graph.nodes:
        if node.op_type not in _SHAPE_READERS and not dependent.isdisjoint(node.input):
            dependent.update(filter(None, node.output))
    taken = {
        name: None
        for node in graph.nodes
        if not dependent.isdisjoint(node.output)
        for name in node.input
        if name in graph.producer and name not in dependent
    }
    return list(taken)


def _shape_of(name: str) -> str:
    return f"::shape of::{name}"


def _run(
    session: onnxruntime.InferenceSession,
    batch: int,
    item_shape: tuple[int, ...],
    tensors: list[str],
    valued: list[str],
) -> Mapping[str, NDArray[np.generic]]:
    image = np.random.default_rng(0).standard_normal((batch, *item_shape), dtype=np.float32)
    outputs = [*map(_shape_of, tensors), *valued]
    found = session.run(outputs, {session.get_inputs()[0].name: image})
    return dict(zip(outputs, found, strict=True))


def _dtype(runtime_type: str) -> np.dtype[np.generic]:
    """A NumPy type from the runtime's name of a tensor type, `tensor(float)`."""
    inner = runtime_type.removeprefix("tensor(").removesuffix(")")
    names = {"float": "float32", "double": "float64", "bfloat16": "float32", "string": "object"}
    try:
        return np.dtype(names.get(inner, inner))
    except TypeError:
        return np.dtype(object)  # sequences and maps


def _combine(name: str, dtype: np.dtype[np.generic], small: list[int], large: list[int]) -> TensorInfo:
    if len(small) != len(large):
        raise ModelError(
            "tensor '{name}' changes its rank with the batch: {small} and {large}",
            name=name,
            small=small,
            large=large,
        )
    dims: list[Dim] = []
    for first, second in zip(small, large, strict=True):
        factor, rest = divmod(first, PROBED_BATCHES[0])
        if first == second:
            dims.append(first)
        elif rest == 0 and second == factor * PROBED_BATCHES[1]:
            dims.append(BatchMultiple(factor))
        else:
            raise ModelError(
                "tensor '{name}' does not grow in proportion to the batch: {small} and {large}",
                name=name,
                small=small,
                large=large,
            )
    return TensorInfo(tuple(dims), dtype)


def _grown(
    name: str, small: NDArray[np.generic], large: NDArray[np.generic], info: TensorInfo
) -> ShapeDependent:
    """How a value that depends on nothing but the batch size follows from it."""
    if small.shape == large.shape and small.dtype.kind == "i":
        first, second = small.astype(np.int64), large.astype(np.int64)
        slope = second - first
        return SizeVector(first - PROBED_BATCHES[0] * slope, slope)
    axes = [axis for axis, dim in enumerate(info.shape) if isinstance(dim, BatchMultiple)]
    if len(axes) == 1:
        for rows in {1, small.shape[axes[0]] // PROBED_BATCHES[0]}:
            value = np.take(small, range(rows), axis=axes[0])
            if _repeats(value, small, axes[0]) and _repeats(value, large, axes[0]):
                return TiledConstant(value, info.shape)
    if len(axes) == 1 and small.dtype.kind == "i":
        images = np.stack(np.split(small.astype(np.int64), PROBED_BATCHES[0], axes[0]))
        step = images[1] - images[0]
        counted = [images[0] + step * row for row in range(PROBED_BATCHES[1])]
        if np.array_equal(large, np.concatenate(counted, axes[0])):
            return IndexRange(images[0], step, axes[0])
    return UnknownValue(
        Message(
            "tensor '{name}' is computed from the batch size alone, in a way that cannot be told "
            "from batches of {batches}: shapes {small} and {large}",
            name=name,
            batches=PROBED_BATCHES,
            small=small.shape,
            large=large.shape,
        )
    )


def _repeats(value: NDArray[np.generic], whole: NDArray[np.generic], axis: int) -> bool:
    """Whether a tensor is nothing but `value` again and again along an axis."""
    times = whole.shape[axis] // value.shape[axis]
    return np.array_equal(whole, np.concatenate([value] * times, axis), equal_nan=whole.dtype.kind == "f")
