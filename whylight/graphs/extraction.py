"""Extract parts of an ONNX graph."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from whylight.errors import ModelError
from whylight.graphs.graph_view import Graph, producers
from whylight.graphs.in_memory import open_in_memory


@dataclass(frozen=True, slots=True)
class Tail:
    """A network from a layer to the logits."""

    model: onnx.ModelProto
    """Maps the layer's tensor, and other tensors the tail uses, to the logits."""
    inputs: tuple[str, ...]
    """Names of the inputs, the layer's tensor first."""


def cut_tail(model: onnx.ModelProto, target: str, logits: str, held: Collection[str] = ()) -> Tail:
    """Extract the part of a network behind the tensor `target`.

    Input shapes are left open. Values that depend only on constants are computed in the tail; the tensors
    `held` are inputs, although they are computed behind the target.
    """
    graph = Graph(model)
    needed = {logits}
    for node in reversed(graph.nodes):
        if not needed.isdisjoint(node.output) and set(held).isdisjoint(node.output):
            needed.update(name for name in node.input if name)
    inside = (graph.downstream(target) & needed) - set(held)
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
    model: onnx.ModelProto, names: tuple[str, ...], images: NDArray[np.float32]
) -> dict[str, NDArray[np.generic]]:
    """Run a network and return some of its tensors."""
    graph = Graph(model)
    made = [name for name in names if name in graph.producer]
    if not made:
        return {graph.inputs[0]: images}
    session = open_in_memory(model, optimise=True, outputs=made)
    found = session.run(None, {graph.inputs[0]: images})
    values = dict(zip((output.name for output in session.get_outputs()), found, strict=True))
    return {graph.inputs[0]: images, **values}


def subgraph(
    model: onnx.ModelProto, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]
) -> onnx.ModelProto:
    """Extract the part of a model between tensors, with its initializers.

    `onnx.utils.Extractor` needs declared types of the tensors, which exported files often lack for inner
    tensors.

    Raises:
        ModelError: the outputs depend on an input of the model that is not in `inputs`.
    """
    made_by = producers(model.graph)
    stored = {tensor.name for tensor in model.graph.initializer}
    known = {value.name for value in inputs}
    # Walk upstream from the outputs to the inputs.
    waiting = [value.name for value in outputs]
    needed: set[str] = set()
    while waiting:
        name = waiting.pop()
        if not name or name in needed or name in known:
            continue
        needed.add(name)
        if name in made_by:
            waiting.extend(made_by[name].input)
        elif name not in stored:
            raise ModelError(
                "'{output}' depends on '{name}' by a way around {known}",
                output=outputs[0].name,
                name=name,
                known=", ".join(sorted(known)),
            )
    nodes = [node for node in model.graph.node if not needed.isdisjoint(node.output)]
    weights = [tensor for tensor in model.graph.initializer if tensor.name in needed]
    graph = helper.make_graph(nodes, "part", list(inputs), list(outputs), weights)
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def downstream(model: onnx.ModelProto, name: str) -> set[str]:
    """Return the tensors that depend on `name`, without itself."""
    found = {name}
    for node in model.graph.node:  # ONNX nodes are sorted topologically
        if not found.isdisjoint(node.input):
            found.update(node.output)
    return found - {name}


def crossing(model: onnx.ModelProto, cut: str, start: str, end: str) -> list[str]:
    """Return tensors downstream of `start` used between `cut` and `end`.

    `cut` itself is not included; the order is that of the graph.
    """
    after_start, after_cut = downstream(model, start), downstream(model, cut)
    made_by = producers(model.graph)
    waiting, tail = [end], set[str]()
    while waiting:
        name = waiting.pop()
        if name in after_cut and name not in tail:
            tail.add(name)
            waiting.extend(made_by[name].input)
    taken = {name for output in tail for name in made_by[output].input}
    wanted = (taken & after_start) - after_cut - {cut}
    return [name for node in model.graph.node for name in node.output if name in wanted]
