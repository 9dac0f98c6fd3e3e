"""The nodes between picture and network in a forward graph: cut off, and put before another network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import onnx
from onnx import TensorProto, helper, numpy_helper

from explain.autodiff.builder import GraphBuilder
from explain.errors import ModelError
from explain.preprocessing import IMAGE

_FORMS = (("Resize", "Transpose", "Cast", "Mul", "Add"), ("Resize", "Transpose", "DequantizeLinear"))
"""What they are: as `explain.preprocessing` appends them, or before a network that takes whole levels."""


@dataclass(frozen=True, slots=True)
class Prologue:
    """A forward graph's own way from `image` to the network's input."""

    nodes: tuple[onnx.NodeProto, ...]
    initializers: Mapping[str, onnx.TensorProto]
    """At least those that the nodes take."""
    output: str
    """The network's input, float32 `[N, 3, h, w]`."""

    def append_to(self, builder: GraphBuilder) -> None:
        """Append the nodes to a graph under construction."""
        for node in self.nodes:
            for name in node.input:
                if name in self.initializers:
                    builder.initializer(name, numpy_helper.to_array(self.initializers[name]))
            builder.copy(node, node.input, node.output)


def cut_prologue(model: onnx.ModelProto, size: tuple[int, int]) -> Prologue:
    """Cut the preprocessing off a forward graph, in place: what was cut off.

    Args:
        model: its input becomes float32 `[N, 3, h, w]`.
        size: h and w.

    Raises:
        ModelError: the graph does not begin with preprocessing.
    """
    nodes = _preparing_nodes(model)
    output = nodes[-1].output[0]
    for node in nodes:
        model.graph.node.remove(node)
    del model.graph.input[:]
    model.graph.input.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", 3, *size]))
    return Prologue(nodes, {tensor.name: tensor for tensor in model.graph.initializer}, output)


def _preparing_nodes(model: onnx.ModelProto) -> tuple[onnx.NodeProto, ...]:
    found: list[onnx.NodeProto] = []
    tensor = IMAGE
    for place in range(max(map(len, _FORMS))):
        takers = [node for node in model.graph.node if node.input and node.input[0] == tensor]
        expected = {
            form[place]
            for form in _FORMS
            if place < len(form) and [node.op_type for node in found] == list(form[:place])
        }
        if not expected:
            break
        if len(takers) != 1 or takers[0].op_type not in expected:
            raise ModelError(
                f"the forward graph's preprocessing has {takers[0].op_type if takers else 'nothing'} in the "
                f"place of {' or '.join(sorted(expected))}: export or adopt the model again"
            )
        found.append(takers[0])
        tensor = takers[0].output[0]
    return tuple(found)
