"""Writing an ONNX graph: one call a node, unique names, each constant stored once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, DTypeLike, NDArray
from onnx import helper, numpy_helper

from whylight.common.memory import LARGE

LARGEST_MESSAGE = 1 << 30
"""Bytes of a model up to which it is one message; Protocol Buffers end at 2 GB."""

OPSET = 20
"""The operator set that Whylight writes, unless the network at hand needs a newer one."""


def model_size(model: onnx.ModelProto) -> int:
    """Bytes of a model's weights."""
    return sum(len(tensor.raw_data) for tensor in model.graph.initializer)


class GraphBuilder:
    """Collects nodes and initializers; `model` closes them into a checked model."""

    def __init__(self, opset: int = OPSET, operator_sets: Iterable[onnx.OperatorSetIdProto] = ()) -> None:
        """`opset` is of ONNX's own operators; `operator_sets` of all that a copied node may be of."""
        self.opset = max(opset, OPSET)
        self._operator_sets = tuple(operator_sets)
        self.nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._taken: set[str] = set()
        self._node_names: set[str] = set()

    def reserve(self, names: Iterable[str]) -> None:
        """Keep these names for tensors that come from elsewhere."""
        self._taken.update(names)

    def unique(self, stem: str) -> str:
        """A tensor name that is not taken yet, like `stem`."""
        return unique_name(stem, self._taken)

    def op(self, op_type: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Append a node with one output and return the output's name.

        An empty input name leaves an optional input out. Attributes of value None are left out.
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
        """Append a copy of `node` with other tensor names, and with its own name if that is still free."""
        self._taken.update(outputs)
        copied = onnx.NodeProto()
        copied.CopyFrom(node)
        if copied.name:  # the runtime refuses two nodes of one name
            copied.name = unique_name(copied.name, self._node_names)
        # Exporters note where in whose source a node comes from, paths of their machine included.
        copied.ClearField("doc_string")
        del copied.metadata_props[:]
        copied.input[:] = inputs
        copied.output[:] = outputs
        self.nodes.append(copied)

    def constant(self, value: ArrayLike, dtype: DTypeLike = np.float32, stem: str = "constant") -> str:
        """The name of an initializer that holds `value`; equal constants are stored once."""
        array: NDArray[np.generic] = np.ascontiguousarray(np.asarray(value, dtype=dtype))
        array = array.reshape(np.shape(value))  # ascontiguousarray turns scalars into [1]
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            self._constants[key] = self.initializer(self.unique(stem), array)
        return self._constants[key]

    def initializer(self, name: str, value: NDArray[np.generic]) -> str:
        """Store `value` under exactly this name; a second call with the same name changes nothing."""
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
        """The finished model, without initializers that no node takes, checked by ONNX. Ends the building."""
        used = set(consumers_of(self.nodes))
        domains = {node.domain for node in with_subgraph_uses(self.nodes)}
        model = onnx.ModelProto(producer_name="whylight")
        # The oldest file format that carries the operators, so that older runtimes can load the file.
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
            # Handed over one by one, so that large weights are not all held twice.
            tensor = self._initializers.pop(tensor_name)
            if tensor_name in used:
                graph.initializer.append(tensor)
        if model_size(model) < LARGE:  # ONNX's checker makes two copies, and cannot look at more than 2 GB
            onnx.checker.check_model(model)
        return model


def unique_name(stem: str, taken: set[str]) -> str:
    """Return a name like `stem` that is not taken yet, and add it to `taken`."""
    name, count = stem, 1
    while name in taken:
        count += 1
        name = f"{stem}_{count}"
    taken.add(name)
    return name


def with_subgraph_uses(nodes: Iterable[onnx.NodeProto]) -> Iterator[onnx.NodeProto]:
    """Nodes, and those inside of their branches and loops."""
    for node in nodes:
        yield node
        for attribute in node.attribute:
            yield from with_subgraph_uses(attribute.g.node)


def consumers_of(nodes: Iterable[onnx.NodeProto]) -> Iterator[str]:
    """The tensors that nodes take, those inside of their branches too."""
    for node in with_subgraph_uses(nodes):
        yield from node.input
