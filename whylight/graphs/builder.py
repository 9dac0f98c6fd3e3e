"""Build ONNX graphs with unique names and deduplicated constants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, DTypeLike, NDArray
from onnx import helper, numpy_helper

from whylight.common.memory import LARGE

LARGEST_MESSAGE = 1 << 30
"""Maximum size in bytes of a model in one message; Protocol Buffers are limited to 2 GB."""

OPSET = 20
"""Operator set of written graphs, unless the network needs a newer one."""


def model_size(model: onnx.ModelProto) -> int:
    """Return the size of a model's weights in bytes."""
    return sum(len(tensor.raw_data) for tensor in model.graph.initializer)


class GraphBuilder:
    """Collects nodes and initializers; `model` finishes and checks the model."""

    def __init__(self, opset: int = OPSET, operator_sets: Iterable[onnx.OperatorSetIdProto] = ()) -> None:
        """Start a graph.

        Args:
            opset: version of ONNX's own operators.
            operator_sets: all operator sets that copied nodes may use.
        """
        self.opset = max(opset, OPSET)
        self._operator_sets = tuple(operator_sets)
        self.nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._taken: set[str] = set()
        self._node_names: set[str] = set()

    def reserve(self, names: Iterable[str]) -> None:
        """Reserve names of tensors that are defined elsewhere."""
        self._taken.update(names)

    def unique(self, stem: str) -> str:
        """Return an unused tensor name similar to `stem`."""
        return unique_name(stem, self._taken)

    def op(self, op_type: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Append a node with one output and return the output's name.

        An empty input name omits an optional input. Attributes with value None are omitted.
        """
        return self.ops(op_type, *inputs, outputs=1, name=name, **attributes)[0]

    def ops(
        self, op_type: str, *inputs: str, outputs: int, name: str | None = None, **attributes: Any
    ) -> list[str]:
        """Append a node with several outputs and return their names."""
        stem = name or f"{op_type.lower()}"
        made = [self.unique(stem if index == 0 else f"{stem}.{index}") for index in range(outputs)]
        given = {key: value for key, value in attributes.items() if value is not None}
        named = unique_name(made[0], self._node_names)
        self.nodes.append(helper.make_node(op_type, list(inputs), made, name=named, **given))
        return made

    def copy(self, node: onnx.NodeProto, inputs: Sequence[str], outputs: Sequence[str]) -> None:
        """Append a copy of `node` with other tensor names, and with a unique name."""
        self._taken.update(outputs)
        copied = onnx.NodeProto()
        copied.CopyFrom(node)
        if copied.name:  # node names must be unique
            copied.name = unique_name(copied.name, self._node_names)
        # Exporters store source locations with local paths.
        copied.ClearField("doc_string")
        del copied.metadata_props[:]
        copied.input[:] = inputs
        copied.output[:] = outputs
        self.nodes.append(copied)

    def constant(self, value: ArrayLike, dtype: DTypeLike = np.float32, stem: str = "constant") -> str:
        """Return the name of an initializer with `value`; equal constants are shared."""
        array: NDArray[np.generic] = np.ascontiguousarray(np.asarray(value, dtype=dtype))
        array = array.reshape(np.shape(value))  # ascontiguousarray changes scalars to shape [1]
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            self._constants[key] = self.initializer(self.unique(stem), array)
        return self._constants[key]

    def initializer(self, name: str, value: NDArray[np.generic]) -> str:
        """Store `value` under the given name, unless it exists."""
        if name not in self._initializers:
            self._taken.add(name)
            self._initializers[name] = numpy_helper.from_array(value, name)
        return name

    def model(
        self,
        name: str,
        inputs: Sequence[onnx.ValueInfoProto],
        outputs: Sequence[onnx.ValueInfoProto],
        doc: str = "",
    ) -> onnx.ModelProto:
        """Finish building: return the checked model without unused initializers."""
        used = set(consumers_of(self.nodes))
        domains = {node.domain for node in with_subgraph_uses(self.nodes)}
        model = onnx.ModelProto(producer_name="whylight")
        # The oldest IR version that supports the operators, for older runtimes.
        model.ir_version = helper.OP_SET_ID_VERSION_MAP["ai.onnx", self.opset]
        model.opset_import.append(helper.make_opsetid("", self.opset))
        model.opset_import.extend(
            entry for entry in self._operator_sets if entry.domain in domains - {"", "ai.onnx"}
        )
        graph = model.graph
        graph.name, graph.doc_string = name, doc
        graph.node.extend(self.nodes)
        graph.input.extend(inputs)
        graph.output.extend(outputs)
        for tensor_name in list(self._initializers):
            # Moved one by one, so that large weights are not all in memory twice.
            tensor = self._initializers.pop(tensor_name)
            if tensor_name in used:
                graph.initializer.append(tensor)
        if model_size(model) < LARGE:  # ONNX's checker makes two copies and is limited to 2 GB
            onnx.checker.check_model(model)
        return model


def unique_name(stem: str, taken: set[str]) -> str:
    """Return an unused name similar to `stem`, and add it to `taken`."""
    name, count = stem, 1
    while name in taken:
        count += 1
        name = f"{stem}_{count}"
    taken.add(name)
    return name


def with_subgraph_uses(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
    """Yield nodes, including those of sub-graphs."""
    for node in nodes:
        yield node
        for attribute in node.attribute:
            yield from with_subgraph_uses(attribute.g.node)


def consumers_of(nodes: Iterable[onnx.NodeProto]) -> Iterator[str]:
    """Yield the inputs of nodes, including those of sub-graphs."""
    for node in with_subgraph_uses(nodes):
        yield from node.input
