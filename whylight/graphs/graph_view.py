"""Read-only view of an ONNX graph: producers, consumers and dependencies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from whylight.errors import ModelError

_SELECTIONS = ("NonMaxSuppression", "NonZero")


@dataclass(frozen=True, slots=True)
class BatchMultiple:
    """Dimension of `factor` times the batch size (Swin: 64 windows per image)."""

    factor: int = 1


Dim = int | BatchMultiple


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Shape and element type of a tensor, for any batch size."""

    shape: tuple[Dim, ...]
    dtype: np.dtype[np.generic]

    @property
    def rank(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def is_per_image(self) -> bool:
        """Whether the first dimension is the batch dimension."""
        return bool(self.shape) and self.shape[0] == BatchMultiple(1)

    @property
    def rows_an_image(self) -> int | None:
        """Number of rows per image; None if the first dimension is not the batch's."""
        first = self.shape[0] if self.shape else 1
        return first.factor if isinstance(first, BatchMultiple) else None

    def reshape_target(self) -> list[int]:
        """Return the shape for Reshape, with -1 as the batch dimension.

        Raises:
            ModelError: two dimensions depend on the batch size.
        """
        if sum(isinstance(dim, BatchMultiple) for dim in self.shape) > 1:
            raise ModelError(
                "two dimensions of {shape} follow the batch size; expected at most one", shape=self.shape
            )
        return [-1 if isinstance(dim, BatchMultiple) else dim for dim in self.shape]


class Constants(Mapping[str, NDArray[np.generic]]):
    """Values of a network's constants by name, unpacked on access.

    Large weights are therefore not kept in memory twice.
    """

    def __init__(self, tensors: Iterable[onnx.TensorProto]) -> None:
        self._packed = {tensor.name: tensor for tensor in tensors}
        self._values: dict[str, NDArray[np.generic]] = {}

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        return self._values[name] if name in self._values else numpy_helper.to_array(self._packed[name])

    def __contains__(self, name: object) -> bool:
        return name in self._values or name in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._packed, *self._values)))

    def __len__(self) -> int:
        return len(self._packed.keys() | self._values.keys())

    def add(self, values: Mapping[str, NDArray[np.generic]]) -> None:
        """Add tensors."""
        self._values.update(values)


class Graph:
    """Read-only view of a model's graph: producers, constants and reachability.

    `Constant` nodes count as initializers. Sub-graphs (`If`, `Loop`) are not entered.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.constants = Constants(model.graph.initializer)
        self.nodes: list[onnx.NodeProto] = []
        for node in model.graph.node:
            value = constant_value(node)
            if value is None:
                self.nodes.append(node)
            else:
                self.constants.add({node.output[0]: value})
        self.producer: dict[str, onnx.NodeProto] = {
            name: node for node in self.nodes for name in node.output if name
        }
        self.inputs: tuple[str, ...] = tuple(
            value.name for value in model.graph.input if value.name not in self.constants
        )
        self.outputs: tuple[str, ...] = tuple(value.name for value in model.graph.output)

    @property
    def opset(self) -> int:
        """Version of the default operator set."""
        return next(
            int(entry.version) for entry in self.model.opset_import if entry.domain in ("", "ai.onnx")
        )

    def fold(self, values: Mapping[str, NDArray[np.generic]]) -> None:
        """Treat computed tensors as constants with the given values."""
        self.constants.add(values)
        self.nodes = [node for node in self.nodes if not all(name in values for name in node.output if name)]

    def has_tensor(self, name: str) -> bool:
        """Return whether a name is an input, a constant or the output of a node."""
        return name in self.producer or name in self.constants or name in self.inputs

    def downstream(self, tensor: str, within: Collection[str] | None = None) -> set[str]:
        """Return the names of all tensors that depend on `tensor`, including itself.

        Args:
            tensor: the start.
            within: restrict the search to these tensors (for example those with gradients).
        """
        reached = {tensor}
        for node in self.nodes:
            if not reached.isdisjoint(node.input):
                reached.update(name for name in node.output if name and (within is None or name in within))
        return reached

    def picked(self) -> set[str]:
        """Return the names of all tensors that depend on a selection of unknown length.

        NonMaxSuppression and NonZero select so: their lengths change from image to image.
        """
        found: set[str] = set()
        for node in self.nodes:
            if node.op_type in _SELECTIONS or not found.isdisjoint(node.input):
                found.update(name for name in node.output if name)
        return found

    def upstream(self, tensors: Iterable[str], within: Collection[str] | None = None) -> set[str]:
        """Return the names of all tensors that `tensors` depend on, including themselves.

        Args:
            tensors: the ends.
            within: restrict the search to these tensors, as in `downstream`.
        """
        reached = set(tensors)
        for node in reversed(self.nodes):
            if not reached.isdisjoint(node.output):
                reached.update(name for name in node.input if name and (within is None or name in within))
        return reached


def producers(graph: onnx.GraphProto) -> dict[str, onnx.NodeProto]:
    """Return the node that computes each tensor, by the tensor's name."""
    return {name: node for node in graph.node for name in node.output if name}


def attributes_of(node: onnx.NodeProto) -> dict[str, Any]:
    """Return a node's attributes by name."""
    return {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}


def constant_value(node: onnx.NodeProto) -> NDArray[np.generic] | None:
    """Return the value of a `Constant` node; None for other nodes or sparse tensors."""
    if node.op_type != "Constant":
        return None
    attribute = node.attribute[0]
    value = helper.get_attribute_value(attribute)
    if attribute.name == "value":
        return numpy_helper.to_array(value)
    if attribute.name in ("value_float", "value_floats"):
        return np.asarray(value, np.float32)
    if attribute.name in ("value_int", "value_ints"):
        return np.asarray(value, np.int64)
    return None
