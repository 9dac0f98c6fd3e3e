"""Edit a network's graph in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, DTypeLike
from onnx import TensorProto, helper, numpy_helper

from whylight.graphs.builder import consumers_of, unique_name


class GraphEditor:
    """Adds nodes and constants to a network and replaces tensors."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.graph = model.graph
        self._taken: set[str] = set()
        for graph in graphs_within(self.graph):
            self._taken.update(name for node in graph.node for name in (*node.input, *node.output))
            self._taken.update(tensor.name for tensor in graph.initializer)
            self._taken.update(value.name for value in graph.input)
        # ONNX keeps names of nodes apart from those of tensors; the runtime refuses two nodes of one name.
        self._nodes = {node.name for graph in graphs_within(self.graph) for node in graph.node if node.name}

    def unique(self, stem: str) -> str:
        """Return an unused tensor name similar to `stem`."""
        return unique_name(stem, self._taken)

    def has(self, name: str) -> bool:
        """Return whether there is a tensor with the given name."""
        return name in self._taken

    def constant(self, value: ArrayLike, dtype: DTypeLike = np.int64, stem: str = "constant") -> str:
        """Add an initializer and return its name."""
        name = self.unique(stem)
        self.graph.initializer.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def node(
        self, op_type: str, inputs: Sequence[str], *, at: int | None = None, stem: str, **attributes: Any
    ) -> str:
        """Insert a node with one output at a position or the end; return its output."""
        name = self.unique(stem)
        own = unique_name(name, self._nodes)
        made = helper.make_node(op_type, list(inputs), [name], name=own, **attributes)
        self.graph.node.insert(len(self.graph.node) if at is None else at, made)
        return name

    def place_of(self, tensor: str) -> int:
        """Return the position of the node that computes a tensor, -1 for an input."""
        for place, node in enumerate(self.graph.node):
            if tensor in node.output:
                return place
        return -1

    def replace_uses(self, old: str, new: str, keep: Iterable[str] = ()) -> None:
        """Replace the input `old` of all nodes by `new`.

        Nodes that compute tensors in `keep` are not changed.
        """
        kept = set(keep)
        for graph in graphs_within(self.graph):
            for node in graph.node:
                if kept.isdisjoint(node.output):
                    for place, name in enumerate(node.input):
                        if name == old:
                            node.input[place] = new


def graphs_within(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """Yield a graph and its sub-graphs."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from graphs_within(attribute.g)


def free_names(model: onnx.ModelProto, names: Iterable[str]) -> dict[str, str]:
    """Rename tensors with the given names, in place, to make the names available.

    Returns:
        The new names of the renamed tensors.
    """
    editor = GraphEditor(model)
    renamed = {name: editor.unique(f"{name}.theirs") for name in names if editor.has(name)}
    for graph in graphs_within(model.graph):
        for node in graph.node:
            for taken in (node.input, node.output):
                for place, name in enumerate(taken):
                    taken[place] = renamed.get(name, name)
        for entry in (*graph.initializer, *graph.input, *graph.output):
            entry.name = renamed.get(entry.name, entry.name)
    return renamed


def set_input(model: onnx.ModelProto, name: str, shape: Sequence[int | str]) -> None:
    """Declare a single float32 input; initializers are no longer inputs."""
    del model.graph.input[:]
    model.graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    del model.graph.value_info[:]


def expose_outputs(model: onnx.ModelProto, names: Iterable[str]) -> None:
    """Declare further tensors as outputs, in place."""
    known = {value.name for value in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in known)


def set_output(model: onnx.ModelProto, *names: str) -> None:
    """Declare the only outputs, and drop unused nodes and constants."""
    graph = model.graph
    del graph.output[:]
    graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    needed = set(names)
    kept: list[onnx.NodeProto] = []
    for node in reversed(graph.node):
        if not needed.isdisjoint(node.output):
            needed.update(consumers_of([node]))
            kept.append(node)
    kept.reverse()
    del graph.node[:]
    graph.node.extend(kept)
    # One by one: a message keeps the memory of extracted entries, so rebuilding would double it.
    for place in reversed(range(len(graph.initializer))):
        if graph.initializer[place].name not in needed:
            del graph.initializer[place]
