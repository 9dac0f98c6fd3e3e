"""Reading an ONNX graph: who makes a tensor, who takes it, and what shape it has for a batch.

Shapes are *probed*, not inferred: the network runs on random input with two batch sizes, and what
changes between them is the batch. That is exact for every operator that the runtime has, where
ONNX's static inference gives up on shapes that are themselves computed in the graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import numpy_helper

from explain.errors import ModelError

PROBED_BATCHES = (2, 3)
"""Two sizes tell a dimension that follows the batch from one that does not."""


@dataclass(frozen=True, slots=True)
class BatchMultiple:
    """A dimension of `factor` times the batch size (Swin's windows: 64 an image)."""

    factor: int = 1


Dim = int | BatchMultiple


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Shape and element type of a tensor, for any batch size."""

    shape: tuple[Dim, ...]
    dtype: np.dtype[np.generic]

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def is_per_image(self) -> bool:
        """Whether the first dimension counts the images of the batch."""
        return bool(self.shape) and self.shape[0] == BatchMultiple(1)

    def reshape_target(self) -> list[int]:
        """The shape as Reshape takes it, the batch dimension as -1.

        Raises:
            ModelError: two dimensions follow the batch, so that -1 cannot stand for both.
        """
        if sum(isinstance(dim, BatchMultiple) for dim in self.shape) > 1:
            raise ModelError(f"two dimensions of {self.shape} follow the batch size; expected at most one")
        return [-1 if isinstance(dim, BatchMultiple) else dim for dim in self.shape]


class Graph:
    """A read-only view of a model's graph: producers, constants, and reachability.

    `Constant` nodes count as initializers. Sub-graphs (`If`, `Loop`) are not entered.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.constants: dict[str, NDArray[np.generic]] = {
            tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer
        }
        self.nodes: list[onnx.NodeProto] = []
        for node in model.graph.node:
            if node.op_type == "Constant" and node.attribute[0].name == "value":
                self.constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
            else:
                self.nodes.append(node)
        self.producer: dict[str, onnx.NodeProto] = {
            name: node for node in self.nodes for name in node.output if name
        }
        self.inputs: tuple[str, ...] = tuple(
            value.name for value in model.graph.input if value.name not in self.constants
        )
        self.outputs: tuple[str, ...] = tuple(value.name for value in model.graph.output)

    @property
    def opset(self) -> int:
        """The version of the default operator set."""
        return next(
            int(entry.version) for entry in self.model.opset_import if entry.domain in ("", "ai.onnx")
        )

    def has_tensor(self, name: str) -> bool:
        """Whether a tensor of that name is an input, a constant or made by a node."""
        return name in self.producer or name in self.constants or name in self.inputs

    def downstream(self, tensor: str, within: Collection[str] | None = None) -> set[str]:
        """The names of all tensors that depend on `tensor`, itself included.

        Args:
            tensor: where to start.
            within: follow these tensors only (to keep to those through which gradients flow).
        """
        reached = {tensor}
        for node in self.nodes:
            if not reached.isdisjoint(node.input):
                reached.update(name for name in node.output if name and (within is None or name in within))
        return reached

    def upstream(self, tensors: Iterable[str]) -> set[str]:
        """The names of all tensors that `tensors` depend on, themselves included."""
        reached = set(tensors)
        for node in reversed(self.nodes):
            if not reached.isdisjoint(node.output):
                reached.update(name for name in node.input if name)
        return reached


def probe(model: onnx.ModelProto, names: Iterable[str], item_shape: tuple[int, ...]) -> dict[str, TensorInfo]:
    """Shapes and types of tensors for any batch size, found by running the model twice.

    Args:
        model: a network with one float32 input `[N, *item_shape]`, N dynamic.
        names: the tensors asked for; constants and unknown names are left out of the answer.
        item_shape: the input's shape without its batch dimension, for images `(3, H, W)`.

    Raises:
        ModelError: the runtime refuses the model, or a dimension changes with the batch other than
            in proportion to it.
    """
    graph = Graph(model)
    wanted = [name for name in dict.fromkeys(names) if name in graph.producer or name in graph.inputs]
    exposed = onnx.ModelProto()
    exposed.CopyFrom(model)
    del exposed.graph.output[:]
    exposed.graph.output.extend(onnx.ValueInfoProto(name=name) for name in wanted if name in graph.producer)
    options = onnxruntime.SessionOptions()
    # Fusions would remove the very tensors that are asked for.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            exposed.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        runs = [_run(session, batch, item_shape) for batch in PROBED_BATCHES]
    except Exception as error:  # the runtime raises a family of types of its own
        raise ModelError(f"the network does not run with batches of {PROBED_BATCHES}: {error}") from error
    return {name: _combine(name, runs[0][name], runs[1][name]) for name in wanted}


def _run(
    session: onnxruntime.InferenceSession, batch: int, item_shape: tuple[int, ...]
) -> Mapping[str, NDArray[np.generic]]:
    name = session.get_inputs()[0].name
    image = np.random.default_rng(0).standard_normal((batch, *item_shape), dtype=np.float32)
    outputs = [output.name for output in session.get_outputs()]
    return {name: image, **dict(zip(outputs, session.run(outputs, {name: image}), strict=True))}


def _combine(name: str, small: NDArray[np.generic], large: NDArray[np.generic]) -> TensorInfo:
    if small.ndim != large.ndim:
        raise ModelError(f"tensor '{name}' changes its rank with the batch: {small.shape} and {large.shape}")
    dims: list[Dim] = []
    for first, second in zip(small.shape, large.shape, strict=True):
        factor, rest = divmod(first, PROBED_BATCHES[0])
        if first == second:
            dims.append(first)
        elif rest == 0 and second == factor * PROBED_BATCHES[1]:
            dims.append(BatchMultiple(factor))
        else:
            raise ModelError(
                f"tensor '{name}' does not grow in proportion to the batch: {small.shape}, {large.shape}"
            )
    return TensorInfo(tuple(dims), small.dtype)
