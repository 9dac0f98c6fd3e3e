"""A part of an ONNX graph as a graph of its own."""

from __future__ import annotations

from collections.abc import Sequence

import onnx
from onnx import helper

from whylight.errors import ModelError


def producers(model: onnx.ModelProto) -> dict[str, onnx.NodeProto]:
    """The node that makes each tensor."""
    return {output: node for node in model.graph.node for output in node.output if output}


def subgraph(
    model: onnx.ModelProto, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]
) -> onnx.ModelProto:
    """What lies between some tensors of a model, with the initializers that it takes.

    `onnx.utils.Extractor` does the same for tensors whose types the file declares; in files as exporters
    write them those of inner tensors are missing.

    Raises:
        ModelError: the outputs depend on an input of the model that is not among `inputs`.
    """
    made_by = producers(model)
    stored = {tensor.name for tensor in model.graph.initializer}
    known = {value.name for value in inputs}
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
                f"'{outputs[0].name}' depends on '{name}' by a way around {', '.join(sorted(known))}"
            )
    nodes = [node for node in model.graph.node if not needed.isdisjoint(node.output)]
    weights = [tensor for tensor in model.graph.initializer if tensor.name in needed]
    graph = helper.make_graph(nodes, "part", list(inputs), list(outputs), weights)
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def downstream(model: onnx.ModelProto, name: str) -> set[str]:
    """The tensors that depend on `name`, itself left out."""
    found = {name}
    for node in model.graph.node:  # ONNX asks for nodes in an order in which they can run
        if not found.isdisjoint(node.input):
            found.update(node.output)
    return found - {name}


def crossing(model: onnx.ModelProto, cut: str, start: str, end: str) -> list[str]:
    """What the way from `cut` to `end` takes of `start` besides the cut itself, in the graph's order."""
    after_start, after_cut = downstream(model, start), downstream(model, cut)
    made_by = producers(model)
    waiting, tail = [end], set[str]()
    while waiting:
        name = waiting.pop()
        if name in after_cut and name not in tail:
            tail.add(name)
            waiting.extend(made_by[name].input)
    taken = {name for output in tail for name in made_by[output].input}
    wanted = (taken & after_start) - after_cut - {cut}
    return [name for node in model.graph.node for name in node.output if name in wanted]
