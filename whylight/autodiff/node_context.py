"""Node as seen by its differentiation rule, with methods to add nodes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import onnx
from numpy.typing import ArrayLike, DTypeLike, NDArray
from onnx import TensorProto

from whylight.errors import Message, UnsupportedOperatorError
from whylight.graphs.builder import GraphBuilder
from whylight.graphs.graph_view import Dim, Graph, TensorInfo, attributes_of
from whylight.graphs.shape_probing import IndexRange, ShapeDependent


class NodeValues(Protocol):
    """Interface of `forward_values.ForwardValues` that a node's context uses."""

    @property
    def graph(self) -> Graph:
        """The network."""

    @property
    def builder(self) -> GraphBuilder:
        """The gradient graph under construction."""

    @property
    def infos(self) -> Mapping[str, TensorInfo]:
        """Shapes and types of the network's tensors."""

    @property
    def sized(self) -> Mapping[str, ShapeDependent]:
        """Values that grow with the batch and depend on nothing else."""

    @property
    def is_static(self) -> bool:
        """Whether there is one image and one score alone."""

    def is_per_image(self, node: onnx.NodeProto) -> bool:
        """Return whether the node's forward values have rows per image, else per score."""

    def follows_scores(self, name: str) -> bool:
        """Return whether a tensor is computed per score.

        Row numbers in such a tensor are those of the scores, else those of the images.
        """

    def of_node(self, node: onnx.NodeProto, name: str) -> str:
        """Return an input or output of `node`, in the form in which the node is computed."""

    def score_form(self, name: str) -> str:
        """Return a tensor of the network with rows per score; constants as they are."""

    def as_score_rows(self, tensor: str, rows_an_image: int) -> str:
        """Repeat a tensor with rows per image so that it has rows per score."""

    def shape_tensor(self, dims: tuple[Dim, ...], *, per_image: bool = False) -> str:
        """Return a shape as int64 tensor, the batch being the number of scores or images."""


class NodeContext:
    """Node of the tail, as seen by its rule.

    Forward values have one of two forms: one row per image, or one row per score. `input` and `output` return
    them in the form in which the node itself is computed, and `rows` converts a tensor that was computed from
    them to one row per score, the form of all cotangents.
    """

    def __init__(
        self,
        node: onnx.NodeProto,
        values: NodeValues,
        active: Collection[str],
        cotangents: Sequence[str | None] = (),
    ) -> None:
        self.node = node
        self.cotangents = cotangents
        """Of each output of the node; None where no gradient arrives."""
        self._values = values
        self._active = active
        self._attributes = attributes_of(node)

    # -- what the node is

    def attribute(self, name: str, default: Any = None) -> Any:
        """Return the value of an attribute; text as `str`."""
        value = self._attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    @property
    def opset(self) -> int:
        """Operator set of the network."""
        return self._values.graph.opset

    def has_input(self, index: int) -> bool:
        """Return whether the optional input is given."""
        return index < len(self.node.input) and self.node.input[index] != ""

    def is_active(self, index: int) -> bool:
        """Return whether the input depends on the target layer and needs a cotangent."""
        return self.has_input(index) and self.node.input[index] in self._active

    def info(self, index: int) -> TensorInfo:
        """Return shape and type of an input."""
        return self._info(self.node.input[index])

    def output_info(self, index: int = 0) -> TensorInfo:
        """Return shape and type of an output."""
        return self._info(self.node.output[index])

    def constant_input(self, index: int) -> NDArray[np.generic] | None:
        """Return the value of an input that is a constant of the graph, else None."""
        return self._values.graph.constants.get(self.node.input[index]) if self.has_input(index) else None

    def constants(self, index: int) -> list[int] | None:
        """Return the integers of a constant input (axes, bounds), None if left out.

        Raises:
            UnsupportedOperatorError: they depend on the images.
        """
        if not self.has_input(index):
            return None
        value = self.constant_input(index)
        if value is None:
            raise self.unsupported(
                "input {index} is computed from the image; expected constants", index=index
            )
        return [int(entry) for entry in value.reshape(-1)]

    def ramp_input(self, index: int) -> IndexRange | None:
        """Return an input that counts elements of a flattened batch, else None."""
        found = self._values.sized.get(self.node.input[index])
        return found if isinstance(found, IndexRange) and found.axis == 0 else None

    def require_own_rows(self, index: int) -> None:
        """Refuse indexes into the batch that do not count rows in a known way.

        Args:
            index: of the input that holds them.

        Raises:
            UnsupportedOperatorError: they are the same for all images, or computed from one image's values
                alone, so that it is unknown which rows of a batch they mean.
        """
        if self.constant_input(index) is not None:
            raise self.unsupported("it picks images from the batch")
        if not self._values.follows_scores(self.node.input[index]):
            raise self.unsupported(
                "it reads rows of the batch by numbers of which it is unknown how they count the images"
            )

    def axis(self, default: int, index: int = 0) -> int:
        """Return the attribute `axis`, counted from the front of input `index`."""
        return int(self.attribute("axis", default)) % self.info(index).rank

    def unsupported(self, template: str, /, **fields: object) -> UnsupportedOperatorError:
        """Return the error that says why this node cannot be differentiated.

        `template` and `fields` are those of `Message`.
        """
        name = self.node.name or self.node.output[0]
        return UnsupportedOperatorError(self.node.op_type, name, Message(template, **fields))

    def static_dims(self, index: int, axes: slice) -> tuple[int, ...]:
        """Return the dimensions of an input on `axes`, none of them the batch."""
        return self._static(self.info(index).shape[axes])

    def static_dim(self, index: int, axis: int) -> int:
        """Return the length of one axis of an input, which must not be the batch."""
        return self._static((self.info(index).shape[axis],))[0]

    def static_output_dims(self, axes: slice) -> tuple[int, ...]:
        """Return the dimensions of the first output on `axes`, none of them the batch."""
        return self._static(self.output_info().shape[axes])

    def _static(self, dims: tuple[Dim, ...]) -> tuple[int, ...]:
        if self._values.is_static:  # one image and one score
            return tuple(dim if isinstance(dim, int) else dim.factor for dim in dims)
        static = tuple(dim for dim in dims if isinstance(dim, int))
        if len(static) != len(dims):
            raise self.unsupported(
                "the dimensions {dims} follow the batch size; expected fixed ones", dims=dims
            )
        return static

    # -- values

    def input(self, index: int) -> str:
        """Return the forward value of an input, in the node's own form."""
        return self._values.of_node(self.node, self.node.input[index])

    def output(self, index: int = 0) -> str:
        """Return the forward value of an output, in the node's own form."""
        return self._values.of_node(self.node, self.node.output[index])

    def rows(self, tensor: str) -> str:
        """Return a tensor computed from this node's forward values with rows per score.

        Its rows are those of the node's first output.
        """
        if not self._values.is_per_image(self.node):
            return tensor
        return self._values.as_score_rows(tensor, self.output_info().rows_an_image or 1)

    def input_rows(self, index: int) -> str:
        """Return an input's forward value with rows per score; constants as they are."""
        return self._values.score_form(self.node.input[index])

    # -- writing

    def op(self, op_type: str, *inputs: str, **attributes: Any) -> str:
        """Append a node with one output to the gradient graph."""
        return self._values.builder.op(op_type, *inputs, **attributes)

    def ops(self, op_type: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        """Append a node with several outputs to the gradient graph."""
        return self._values.builder.ops(op_type, *inputs, outputs=outputs, **attributes)

    def constant(self, value: ArrayLike, dtype: DTypeLike = np.float32) -> str:
        """Add a constant and return its name."""
        return self._values.builder.constant(value, dtype)

    def slope(self, cotangent: str, slope: str) -> str:
        """Multiply the cotangent by a derivative computed from forward values.

        The derivative is made once an image, the product once a score.
        """
        return self.op("Mul", cotangent, self.rows(slope))

    def cast(self, condition: str) -> str:
        """Convert a boolean tensor to 0.0 and 1.0, as a factor for `slope`."""
        return self.op("Cast", condition, to=TensorProto.FLOAT)

    def zeros_like_input(self, index: int) -> str:
        """Return zeros of the shape of an input, with rows per score."""
        return self.op("Expand", self.constant(0.0), self._values.shape_tensor(self.info(index).shape))

    def zeros_like_output(self, index: int) -> str:
        """Return zeros of the shape of an output, with rows per score."""
        return self.op("Expand", self.constant(0.0), self._values.shape_tensor(self.output_info(index).shape))

    def broadcast_rows(self, cotangent: str, index: int) -> str:
        """Repeat a cotangent along dimensions of length 1 to the shape of an input."""
        # A 1 in the target leaves the cotangent's own dimension, here the batch, as it is.
        target = [dim if isinstance(dim, int) else 1 for dim in self.info(index).shape]
        return self.op("Expand", cotangent, self.constant(target, np.int64))

    def reshape_as_input(self, cotangent: str, index: int) -> str:
        """Give a cotangent the shape of an input."""
        target = self.info(index).reshape_target()
        return self.op("Reshape", cotangent, self.constant(target, np.int64))

    def sum_to(self, cotangent: str, index: int) -> str | None:
        """Undo broadcasting: sum the output's cotangent to the shape of an input.

        Returns None when the input needs no cotangent.
        """
        if not self.is_active(index):
            return None
        wide, narrow = self.output_info().shape, self.info(index).shape
        lead = len(wide) - len(narrow)
        kept = [lead + axis for axis, dim in enumerate(narrow) if dim == 1 and wide[lead + axis] != 1]
        axes = [*range(lead), *kept]
        if not axes:
            return cotangent
        summed = self.op("ReduceSum", cotangent, self.constant(axes, np.int64), keepdims=1)
        return self.reshape_as_input(summed, index) if lead else summed

    def _info(self, name: str) -> TensorInfo:
        if name in self._values.infos:
            return self._values.infos[name]
        value = self._values.graph.constants[name]
        return TensorInfo(value.shape, value.dtype)


def batch_first(node: NodeContext) -> bool:
    """Return whether each image's rows of the output come from its rows of the input.

    For operators that keep the order of elements (Reshape and its kin) it is enough that the batch is
    in the first dimension of both.
    """
    return node.info(0).rows_an_image is not None and node.output_info().rows_an_image is not None


def same_rows(node: NodeContext) -> bool:
    """Return whether inputs and output have the same number of rows per image.

    For operators that work along an axis, which may not be the first: their first dimension would
    change its length.
    """
    rows = node.output_info().rows_an_image
    return all(
        node.info(i).rows_an_image in (rows, None) for i in range(len(node.node.input)) if node.has_input(i)
    )
