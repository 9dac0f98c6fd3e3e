"""Preprocessing nodes of a forward graph, to detach or attach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from whylight.errors import ModelError
from whylight.graphs.builder import GraphBuilder
from whylight.graphs.graph_view import Graph
from whylight.graphs.in_memory import open_in_memory
from whylight.tensor_names import IMAGE


@dataclass(frozen=True, slots=True)
class InputStage:
    """Nodes from `image` to the network's input."""

    nodes: tuple[onnx.NodeProto, ...]
    initializers: Mapping[str, onnx.TensorProto]
    """The initializers of the nodes, and possibly others."""
    output: str
    """Name of the network's input, float32 `[N, *item_shape]`."""
    item_shape: tuple[int, int, int]
    """`(3, h, w)`, or `(12, h / 2, w / 2)` if the network takes blocks of 2 x 2 pixels."""

    def append_to(self, builder: GraphBuilder) -> None:
        """Append the nodes to a graph under construction."""
        for node in self.nodes:
            for name in node.input:
                if name in self.initializers:
                    builder.initializer(name, numpy_helper.to_array(self.initializers[name]))
            builder.copy(node, node.input, node.output)


def is_looped(forward: onnx.ModelProto) -> bool:
    """Whether a forward graph is a loop over its images (`whylight.pair.one_by_one`)."""
    return [node.op_type for node in forward.graph.node] == ["Scan"]


def extract_input_stage(model: onnx.ModelProto, size: tuple[int, int]) -> InputStage:
    """Remove the preprocessing from a forward graph, in place, and return it.

    Args:
        model: the forward graph; its input becomes that of the network, float32.
        size: h and w to which images are resized.

    Raises:
        ModelError: the graph does not begin with preprocessing, or is a loop over images.
    """
    if is_looped(model):
        raise ModelError(
            "the network takes one image at a time, so that this cannot be done with it: its file fixes the "
            "batch to one. Export it with a dynamic batch"
        )
    output = _end(model)
    needed = Graph(model).upstream([output])
    nodes = tuple(node for node in model.graph.node if not needed.isdisjoint(node.output))
    initializers = {tensor.name: tensor for tensor in model.graph.initializer}
    item_shape = _item_shape(model, output, size)
    for node in nodes:
        model.graph.node.remove(node)
    del model.graph.input[:]
    model.graph.input.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", *item_shape]))
    return InputStage(nodes, initializers, output, item_shape)


def _end(model: onnx.ModelProto) -> str:
    """Return the first floating-point tensor, which is the network's input.

    Pixel values are either cast, multiplied and shifted, as in `whylight.pair.preprocessing`, or used
    directly by an 8-bit network.
    """
    graph = Graph(model)
    levels = graph.downstream(IMAGE)
    steps = [node for node in graph.nodes if node.input and node.input[0] in levels]
    first = next((node for node in steps if node.op_type in ("Cast", "DequantizeLinear")), None)
    expected = ("Mul", "Add") if first is not None and first.op_type == "Cast" else ()
    for op_type in expected:
        takers = [node for node in graph.nodes if first is not None and first.output[0] in node.input]
        first = takers[0] if len(takers) == 1 and takers[0].op_type == op_type else None
    if first is None or steps[0].op_type != "Resize":
        raise ModelError(
            "the forward graph does not begin with the preprocessing of '{input}': export or adopt "
            "the model again",
            input=IMAGE,
        )
    return str(first.output[0])


def _item_shape(model: onnx.ModelProto, output: str, size: tuple[int, int]) -> tuple[int, int, int]:
    (image,) = model.graph.input
    session = open_in_memory(model, outputs=[output])
    (found,) = session.run([output], {image.name: np.zeros((1, *size, 3), np.uint8)})
    _, channels, height, width = found.shape
    return (channels, height, width)
