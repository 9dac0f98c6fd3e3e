"""Replace `If` nodes with a constant condition by the branch that is taken.

Exporters write them where they do not know a shape (`squeeze`, `interpolate`); for images of one size
the condition has one value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.errors import ModelError
from whylight.graphs.in_memory import open_in_memory

CONTROL_FLOW = ("If", "Loop", "Scan", "SequenceMap")
_SHAPE_READERS = ("Shape", "Size")


def fold_constant_ifs(model: onnx.ModelProto, images: list[dict[str, NDArray[np.generic]]]) -> bool:
    """Replace `If` nodes whose condition is the same for all images by a branch.

    The model is changed in place.

    Args:
        model: as it was read.
        images: what to feed, once for each batch size that the file takes.

    Returns:
        Whether there were any.

    Raises:
        ModelError: the runtime cannot compute the conditions.
    """
    settled = False
    while conditions := _settled_conditions(model, images):
        settled = True
        nodes: list[onnx.NodeProto] = []
        for node in model.graph.node:
            if node.op_type == "If" and node.input[0] in conditions:
                nodes += _branch(model, node, taken=conditions[node.input[0]])
            else:
                nodes.append(node)
        del model.graph.node[:]
        model.graph.node.extend(nodes)
    return settled


def _settled_conditions(
    model: onnx.ModelProto, images: list[dict[str, NDArray[np.generic]]]
) -> dict[str, bool]:
    """Return the conditions that depend neither on pixels nor on the batch size."""
    dependent = {value.name for value in model.graph.input}
    wanted: dict[str, None] = {}
    for node in model.graph.node:
        if node.op_type == "If" and node.input[0] not in dependent:
            wanted[node.input[0]] = None
        if node.op_type not in _SHAPE_READERS and not dependent.isdisjoint(_takes(node)):
            dependent.update(filter(None, node.output))
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    found = {name: bool(onnx.numpy_helper.to_array(constants[name])) for name in wanted if name in constants}
    computed = [name for name in wanted if name not in constants]
    if computed:
        try:
            session = open_in_memory(model, outputs=computed)
            runs = [session.run(computed, feed) for feed in images]
        except Exception as error:  # the runtime raises a family of types of its own
            raise ModelError("ONNX Runtime cannot run the model: {reason}", reason=error) from error
        for name, *values in zip(computed, *runs, strict=True):
            if len({bool(value.all()) for value in values}) == 1:
                found[name] = bool(values[0].all())
    return found


def _branch(model: onnx.ModelProto, node: onnx.NodeProto, *, taken: bool) -> list[onnx.NodeProto]:
    """Return the nodes of the branch that is taken, under unique names.

    The branch's initializers are added to the model.
    """
    wanted = "then_branch" if taken else "else_branch"
    body = next(attribute.g for attribute in node.attribute if attribute.name == wanted)
    made = {name for inner in body.node for name in inner.output if name}
    made |= {tensor.name for tensor in body.initializer}
    names = {name: f"{node.output[0]}::{name}" for name in made}
    nodes = [onnx.NodeProto() for _ in body.node]
    for copied, inner in zip(nodes, body.node, strict=True):
        copied.CopyFrom(inner)
        _rename(copied, names)
    for tensor in body.initializer:
        kept = model.graph.initializer.add()
        kept.CopyFrom(tensor)
        kept.name = names[tensor.name]
    for output, value in zip(node.output, body.output, strict=True):
        source = names.get(value.name, value.name)
        nodes.append(onnx.helper.make_node("Identity", [source], [output], name=output))
    return nodes


def _rename(node: onnx.NodeProto, names: Mapping[str, str]) -> None:
    for tensors in (node.input, node.output):
        for place, name in enumerate(tensors):
            tensors[place] = names.get(name, name)
    for body in _bodies(node):
        for inner in body.node:
            _rename(inner, names)
        for value in body.output:
            value.name = names.get(value.name, value.name)


def _takes(node: onnx.NodeProto) -> Iterator[str]:
    """Yield the inputs of a node and of the nodes in its branches."""
    yield from node.input
    for body in _bodies(node):
        yield from (value.name for value in body.output)
        for inner in body.node:
            yield from _takes(inner)


def _bodies(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
