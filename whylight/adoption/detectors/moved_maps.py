"""Outputs without an axis for the image, taken from the maps behind them.

SCRFD's exports turn a map `[1, A a, h, w]` to `[h, w, 1, A a]` and then to rows `[P, a]`, which no batch of
images comes through. Where each number lies in the map is found by moving the numbers 0, 1, 2, ... instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from whylight.adoption.detectors.heads import Values
from whylight.graphs.editor import GraphEditor
from whylight.graphs.graph_view import Graph
from whylight.graphs.in_memory import open_in_memory

_MOVING = ("Cast", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")


@dataclass(frozen=True, slots=True)
class MovedMap:
    """Rows `[P, a]` that are a map's numbers in another order."""

    source: str
    """The map, `[N, C, h, w]`."""
    order: NDArray[np.int64]
    """For each number of the rows its place in the flattened map of one image, `[P, a]`."""

    def append(self, editor: GraphEditor) -> str:
        """Add the rows `[N, P, a]`."""
        flat = editor.node("Flatten", [self.source], stem="flat_map", axis=1)
        moved = editor.node("Gather", [flat, editor.constant(self.order.reshape(-1))], stem="moved", axis=1)
        return editor.node("Reshape", [moved, editor.constant([0, *self.order.shape])], stem="rows")


def find_moved_map(model: onnx.ModelProto, tensor: str, values: Values) -> MovedMap | None:
    """Return the map that `[P, a]` is moved from; None if more is done on the way.

    A sigmoid on the way is passed over: the map is what it takes.

    Args:
        model: the network.
        tensor: rows of one image.
        values: of the network's maps and of `tensor`.
    """
    nodes = _way_back(model, tensor)
    for start in range(len(nodes) - 1, -1, -1):
        source = nodes[start].input[0]
        value = values.get(source)
        if value is not None and value.ndim == 4 and value.shape[0] == 1:
            order = _moved(model, source, nodes[: start + 1], value.shape)
            return None if order.ndim != 2 else MovedMap(source, order)
    return None


def sources_of(model: onnx.ModelProto, tensors: Sequence[str]) -> list[str]:
    """Return the tensors on the ways back from `tensors` that may be their maps."""
    return list(dict.fromkeys(node.input[0] for tensor in tensors for node in _way_back(model, tensor)))


def _way_back(model: onnx.ModelProto, tensor: str) -> list[onnx.NodeProto]:
    """Return the nodes that move a tensor's numbers, the last first."""
    graph, nodes = Graph(model), []
    while (node := graph.producer.get(tensor)) is not None and node.op_type in (*_MOVING, "Sigmoid"):
        nodes.append(node)
        tensor = node.input[0]
    return nodes


def _moved(
    model: onnx.ModelProto, source: str, nodes: Sequence[onnx.NodeProto], shape: Sequence[int]
) -> NDArray[np.int64]:
    """Return what the nodes make of 0, 1, 2, ... in a map of the given shape."""
    graph = Graph(model)
    taken = {name for node in nodes for name in node.input[1:] if name in graph.constants}
    body = helper.make_graph(
        [_without_sigmoid(node) for node in reversed(nodes)],
        "moves",
        [helper.make_tensor_value_info(source, TensorProto.FLOAT, shape)],
        [onnx.ValueInfoProto(name=nodes[0].output[0])],
        [onnx.numpy_helper.from_array(graph.constants[name], name) for name in sorted(taken)],
    )
    moves = helper.make_model(body, opset_imports=model.opset_import, ir_version=model.ir_version)
    numbers = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)  # exact up to 2**24
    (found,) = open_in_memory(moves).run(None, {source: numbers})
    return np.asarray(found, np.int64)


def _without_sigmoid(node: onnx.NodeProto) -> onnx.NodeProto:
    if node.op_type != "Sigmoid":
        return node
    return helper.make_node("Identity", node.input, node.output)
