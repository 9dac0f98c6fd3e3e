"""A graph whose nodes are written anew, some of them as several simpler ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

Opening = Callable[["GraphRewriter", onnx.NodeProto], None]
"""Appends the simpler nodes that do what a node does."""


class GraphRewriter:
    """The nodes of a model as they are written anew, and its constants."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._graph = model.graph
        self._stored = {tensor.name: tensor for tensor in model.graph.initializer}
        self._nodes: list[onnx.NodeProto] = []

    def add(self, op_type: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Append a node with one output, and return that."""
        self._nodes.append(helper.make_node(op_type, inputs, [output], name=output, **attributes))
        return output

    def keep(self, node: onnx.NodeProto) -> None:
        """Append a node as it was, and know what it holds if it is a constant."""
        self._nodes.append(node)
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            self._stored[node.output[0]] = node.attribute[0].t

    @property
    def last(self) -> onnx.NodeProto:
        """What was appended last."""
        return self._nodes[-1]

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """The name of a new constant."""
        tensor = numpy_helper.from_array(np.asarray(value), name)
        self._graph.initializer.append(tensor)
        self._stored[name] = tensor
        return name

    def stored(self, name: str) -> NDArray[Any] | None:
        """The value of a constant; None for what is computed."""
        return numpy_helper.to_array(self._stored[name]) if name in self._stored else None

    def rank(self, name: str) -> int | None:
        """How many axes a constant has; None for what is computed."""
        return len(self._stored[name].dims) if name in self._stored else None

    def finish(self) -> None:
        """Put the nodes into the model."""
        del self._graph.node[:]
        self._graph.node.extend(self._nodes)


def rewrite(model: onnx.ModelProto, open_: Opening) -> None:
    """Write every node of a model anew, in place."""
    rewriting = GraphRewriter(model)
    for node in model.graph.node:
        open_(rewriting, node)
    rewriting.finish()


Openings = Mapping[str, Opening]
"""By operator."""
