"""The part of a network behind a layer as a network of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from whylight.graphs.graph_view import Graph
from whylight.graphs.in_memory import open_in_memory


@dataclass(frozen=True, slots=True)
class Tail:
    """A network from a layer to the logits."""

    model: onnx.ModelProto
    """Its inputs are the layer's tensor and what else the tail takes; its output is the logits."""
    inputs: tuple[str, ...]
    """The layer's tensor first."""


def cut_tail(model: onnx.ModelProto, target: str, logits: str) -> Tail:
    """Cut a network behind the tensor `target`. Input shapes are left open.

    What is computed from constants alone is computed in the tail.
    """
    graph = Graph(model)
    needed = graph.upstream([logits])
    inside = graph.downstream(target) & needed
    fixed: set[str] = set()
    for node in graph.nodes:
        if all(name in fixed or name in graph.constants for name in node.input if name):
            fixed.update(name for name in node.output if name in needed)
    inside |= fixed
    nodes = [node for node in graph.nodes if not (inside - {target}).isdisjoint(node.output)]
    made = {name for node in nodes for name in node.output}
    taken = dict.fromkeys(name for node in nodes for name in node.input if name and name not in made)
    constants = [
        numpy_helper.from_array(graph.constants[name], name) for name in taken if name in graph.constants
    ]
    inputs = [target, *(name for name in taken if name not in graph.constants and name != target)]
    declared = [onnx.ValueInfoProto(name=name) for name in inputs]
    body = helper.make_graph(nodes, "tail", declared, [onnx.ValueInfoProto(name=logits)], constants)
    tail = helper.make_model(body, opset_imports=model.opset_import, ir_version=model.ir_version)
    return Tail(tail, tuple(inputs))


def values_at(
    model: onnx.ModelProto, names: tuple[str, ...], pictures: NDArray[np.float32]
) -> dict[str, NDArray[np.generic]]:
    """Run a network and return some of its tensors."""
    graph = Graph(model)
    session = open_in_memory(model, optimise=True, outputs=[name for name in names if name in graph.producer])
    found = session.run(None, {graph.inputs[0]: pictures})
    values = dict(zip((output.name for output in session.get_outputs()), found, strict=True))
    return {graph.inputs[0]: pictures, **values}
