"""Shapes of a network's tensors for any batch size, found by running it twice.

Shapes are *probed*, not inferred: the network runs on random input with two batch sizes, and dimensions that
change depend on the batch. This is exact for every operator of the runtime, while ONNX's static inference
fails for shapes computed in the graph.

Tensors that depend only on shapes and constants, not on pixel values, are probed by value: most are the same
for every batch (targets of Reshape, bounds of Slice), the others grow with it in one of three ways
(`SizeVector`, `TiledConstant`, `IndexRange`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, shape_inference

from whylight.errors import Message, ModelError
from whylight.graphs.graph_view import BatchMultiple, Dim, Graph, TensorInfo
from whylight.graphs.in_memory import open_in_memory
from whylight.runtime.external_weights import without_weights

PROBED_BATCHES = (2, 3)
"""Two batch sizes distinguish dimensions that depend on the batch."""

_SHAPE_READERS = ("Shape", "Size")


@dataclass(frozen=True, slots=True)
class SizeVector:
    """Integers `base + slope * rows`, such as the target of an Expand to the batch."""

    base: NDArray[np.int64]
    slope: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TiledConstant:
    """Tensor that repeats `value` along the axis of the batch.

    Examples are a class token expanded to the batch (of length 1 there) and masks of windows.
    """

    value: NDArray[np.generic]
    shape: tuple[Dim, ...]


@dataclass(frozen=True, slots=True)
class IndexRange:
    """Integers `value + step * row` for image `row`, such as row numbers."""

    value: NDArray[np.int64]
    """Values of the first image."""
    step: NDArray[np.int64]
    """Increment per image, of the same shape."""
    axis: int = 0
    """Axis along which the integers of consecutive images follow each other."""


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """Tensor with unknown dependence on the batch size, an error only if needed."""

    why: Message


ShapeDependent = SizeVector | TiledConstant | IndexRange | UnknownValue


@dataclass(frozen=True, slots=True)
class ProbedShapes:
    """Shapes, types and values of a network's tensors."""

    infos: Mapping[str, TensorInfo]
    """Shape and type of the input and of every computed tensor."""
    constants: Mapping[str, NDArray[np.generic]]
    """Values computed from constants and shapes that do not depend on the batch size."""
    sized: Mapping[str, ShapeDependent]
    """Values computed from constants and shapes that depend on the batch size."""
    is_static: bool = False
    """Whether they hold for a batch of one alone."""

    def real(self, graph: Graph) -> set[str]:
        """Return the tensors with gradients: floating point, and integers that are cast.

        Computed shapes and indices are excluded.
        """
        found = {name for name, info in self.infos.items() if np.issubdtype(info.dtype, np.floating)}
        found.update(name for node in graph.nodes if node.op_type == "QuantizeLinear" for name in node.output)
        return found - self.sized.keys()


def infer_dynamic_shapes(
    model: onnx.ModelProto, item_shape: tuple[int, ...], batches: tuple[int, int] = PROBED_BATCHES
) -> ProbedShapes:
    """Run a network with two batch sizes and compare the shapes.

    Args:
        model: a network with one float32 input `[N, *item_shape]`, N dynamic.
        item_shape: the input's shape without its batch dimension, for images `(3, H, W)`.
        batches: the two batch sizes; twice 1 for a network that takes no other.

    Raises:
        ModelError: the runtime rejects the model, or a dimension is not proportional to the batch size.
    """
    graph = Graph(model)
    tensors = [name for node in graph.nodes for name in node.output if name]
    valued = _taken_without_images(graph)
    dtypes = _inferred_dtypes(model)
    untyped = [name for name in tensors if name not in dtypes]
    try:
        # Outputs are kept in memory until the run ends. So shapes are outputs, and
        # tensors only if their values or types are needed from the runtime.
        session = open_in_memory(
            model,
            outputs=[*map(_shape_of, tensors), *dict.fromkeys([*valued, *untyped])],
            further_nodes=[helper.make_node("Shape", [name], [_shape_of(name)]) for name in tensors],
        )
        runs = [_run(session, batch, item_shape, tensors, valued) for batch in batches]
    except Exception as error:  # its error types have no common base
        raise ModelError(
            "the network does not run with batches of {batches}: {reason}",
            batches=batches,
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


def infer_static_shapes(model: onnx.ModelProto, item_shape: tuple[int, ...]) -> ProbedShapes:
    """Run a network that takes one image alone, and return its shapes.

    They hold for a batch of one. A leading dimension of 1 of what depends on the image is taken for the
    batch, which makes no difference for one image and one score.

    Args:
        model: a network with one float32 input `[1, *item_shape]`.
        item_shape: the input's shape without its batch dimension.

    Raises:
        ModelError: the runtime rejects the model.
    """
    found = infer_dynamic_shapes(model, item_shape, (1, 1))
    of_image = Graph(model).downstream(model.graph.input[0].name)
    infos = {
        name: TensorInfo((BatchMultiple(1), *info.shape[1:]), info.dtype)
        if name in of_image and info.shape[:1] == (1,)
        else info
        for name, info in found.infos.items()
    }
    return ProbedShapes(infos, found.constants, found.sized, is_static=True)


def with_new_nodes(probed: ProbedShapes, model: onnx.ModelProto) -> ProbedShapes:
    """Return the shapes of a network to which a few nodes were added since.

    Where the new nodes take one tensor, they are run alone, since running all of a large network
    takes seconds.

    Args:
        probed: shapes of the network as it was.
        model: the network as it is; all other tensors have the values that they had.

    Raises:
        ModelError: as `infer_dynamic_shapes`.
    """
    graph = Graph(model)
    infer = infer_static_shapes if probed.is_static else infer_dynamic_shapes
    known = probed.infos.keys() | graph.constants.keys()
    new = [node for node in graph.nodes if not known >= set(filter(None, node.output))]
    if not new:
        return probed
    made = [name for node in new for name in node.output if name]
    taken = dict.fromkeys(name for node in new for name in node.input if name and name not in made)
    inputs = [name for name in taken if name not in graph.constants]
    info = probed.infos.get(inputs[0]) if len(inputs) == 1 else None
    if info is None or info.dtype != np.float32 or _item_shape(info) is None:
        return infer(model, _item_shape(probed.infos[graph.inputs[0]]) or ())
    constants = [
        numpy_helper.from_array(graph.constants[name], name) for name in taken if name in graph.constants
    ]
    item_shape = _item_shape(info) or ()
    images = helper.make_tensor_value_info(inputs[0], TensorProto.FLOAT, ["N", *item_shape])
    body = helper.make_graph(new, "new", [images], [onnx.ValueInfoProto(name=made[-1])], constants)
    part = helper.make_model(body, opset_imports=model.opset_import, ir_version=model.ir_version)
    found = infer(part, item_shape)
    return ProbedShapes(
        {**probed.infos, **{name: found.infos[name] for name in made}},
        {**probed.constants, **found.constants},
        {**probed.sized, **found.sized},
        probed.is_static,
    )


def _item_shape(info: TensorInfo) -> tuple[int, ...] | None:
    """Return the shape behind the batch; None unless only the first dimension grows."""
    first, *others = info.shape or (0,)
    sizes = tuple(dim for dim in others if isinstance(dim, int))
    return sizes if first == BatchMultiple(1) and len(sizes) == len(others) else None


def _inferred_dtypes(model: onnx.ModelProto) -> dict[str, np.dtype[np.generic]]:
    """Return the types of tensors found by ONNX's inference."""
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
    """Return tensors independent of pixel values that are used by dependent nodes."""
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
    """Return the NumPy type for the runtime's name of a tensor type, `tensor(float)`."""
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
    """Find how a value that depends only on the batch size grows with it."""
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
    """Return whether a tensor is `value` repeated along an axis."""
    times = whole.shape[axis] // value.shape[axis]
    return np.array_equal(whole, np.concatenate([value] * times, axis), equal_nan=whole.dtype.kind == "f")
