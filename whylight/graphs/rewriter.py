"""Rewrite the nodes of a graph, replacing some by several simpler ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from whylight.graphs.builder import unique_name

Opening = Callable[["GraphRewriter", onnx.NodeProto], None]
"""Appends simpler nodes equivalent to a node."""


class GraphRewriter:
    """Rewritten nodes of a model, and its constants."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._graph = model.graph
        self._stored = {tensor.name: tensor for tensor in model.graph.initializer}
        self._nodes: list[onnx.NodeProto] = []
        # The runtime refuses two nodes of one name, and a node may have the name of another's output.
        self._names = {node.name for node in self._graph.node if node.name}

    def add(self, op_type: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Append a node with one output and return the output's name."""
        name = unique_name(output, self._names)
        self._nodes.append(helper.make_node(op_type, inputs, [output], name=name, **attributes))
        return output

    def keep(self, node: onnx.NodeProto) -> None:
        """Append an unchanged node, recording its value if it is a constant."""
        self._nodes.append(node)
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            self._stored[node.output[0]] = node.attribute[0].t

    @property
    def last(self) -> onnx.NodeProto:
        """The node appended last."""
        return self._nodes[-1]

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Add a constant and return its name."""
        tensor = numpy_helper.from_array(np.asarray(value), name)
        self._graph.initializer.append(tensor)
        self._stored[name] = tensor
        return name

    def stored(self, name: str) -> NDArray[Any] | None:
        """Return the value of a constant; None for computed tensors."""
        return numpy_helper.to_array(self._stored[name]) if name in self._stored else None

    def rank(self, name: str) -> int | None:
        """Return the number of axes of a constant; None for computed tensors."""
        return len(self._stored[name].dims) if name in self._stored else None

    def finish(self) -> None:
        """Store the nodes in the model."""
        del self._graph.node[:]
        self._graph.node.extend(self._nodes)


def rewrite(model: onnx.ModelProto, open_: Opening) -> None:
    """Rewrite every node of a model, in place."""
    rewriting = GraphRewriter(model)
    for node in model.graph.node:
        open_(rewriting, node)
    rewriting.finish()


Openings = Mapping[str, Opening]
"""Replacement functions by operator."""
