"""Backbone of an exported network: the part up to the target layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from whylight.graphs.graph_view import Graph, attributes_of
from whylight.tensor_names import ACTIVATIONS

from .torch_to_onnx import IMAGES


class Backbone:
    """Edits an exported network up to its target layer in place.

    The tail, from which gradients are computed, is not changed.
    """

    def __init__(self, network: onnx.ModelProto) -> None:
        self.network = network
        self._graph = network.graph
        del self._graph.value_info[:]  # shapes of weights will change

    @property
    def nodes(self) -> list[onnx.NodeProto]:
        """Nodes in topological order; the last one computes the target layer."""
        needed = Graph(self.network).upstream([ACTIVATIONS])
        return [node for node in self._graph.node if not needed.isdisjoint(node.output)]

    @property
    def first_convolution(self) -> onnx.NodeProto | None:
        """The convolution that takes the images, if it is their only consumer."""
        takers = [node for node in self._graph.node if IMAGES in node.input]
        return takers[0] if len(takers) == 1 and takers[0].op_type == "Conv" else None

    def value(self, name: str) -> NDArray[np.float32]:
        """Return the value of an initializer."""
        return np.asarray(numpy_helper.to_array(self._tensor(name)), np.float32)

    def set_value(self, name: str, value: NDArray[np.generic], dtype: type[np.generic] = np.float32) -> None:
        """Replace the value of an initializer."""
        self._tensor(name).CopyFrom(numpy_helper.from_array(np.ascontiguousarray(value, dtype), name))

    def use_space_to_depth_stem(self) -> bool:
        """Replace a stride-2 first convolution by one on 2 x 2 blocks of 12 channels.

        Returns whether this was possible. The kernel is padded with zeros and rearranged, so the sums are the
        same. ONNX Runtime's fast int8 convolution needs a multiple of 4 channels; with 3 it takes more than
        twice as long.
        """
        convolution = self.first_convolution
        if convolution is None:
            return False
        given = attributes_of(convolution)
        pads = given.get("pads", [0, 0, 0, 0])
        shape = self._graph.input[0].type.tensor_type.shape.dim
        sizes = [shape[2].dim_value, shape[3].dim_value]
        plain = given.get("dilations", [1, 1]) == [1, 1] and given.get("group", 1) == 1
        plain = plain and given.get("auto_pad", b"NOTSET") == b"NOTSET"
        if given.get("strides") != [2, 2] or not plain or any(size % 2 for size in sizes):
            return False
        # Pad the kernel to whole blocks and compute the pads of the new convolution.
        weights = self.value(convolution.input[1])
        kernel, before, after = list(weights.shape[2:]), [], []
        for axis in (0, 1):
            lead = pads[axis] % 2  # zero pixels before a kernel that starts within a block
            blocks = -(-(lead + kernel[axis]) // 2)
            made = (sizes[axis] + pads[axis] + pads[axis + 2] - kernel[axis]) // 2 + 1
            before.append((pads[axis] + lead) // 2)
            after.append(made + blocks - 1 - before[axis] - sizes[axis] // 2)
            if after[axis] < 0:
                return False
            fill = [(0, 0)] * 4
            fill[2 + axis] = (lead, 2 * blocks - lead - kernel[axis])
            weights = np.pad(weights, fill)
        outputs, channels, rows, columns = weights.shape
        # [o, c, row, y, column, x] to [o, y x c, row, column], the pixel order of the input stage.
        cut = weights.reshape(outputs, channels, rows // 2, 2, columns // 2, 2).transpose(0, 3, 5, 1, 2, 4)
        cut = cut.reshape(outputs, 4 * channels, rows // 2, columns // 2)
        self.set_value(convolution.input[1], cut)
        set_attributes(convolution, kernel_shape=cut.shape[2:], pads=[*before, *after])
        set_input_shape(self.network, ["N", 4 * channels, *(size // 2 for size in sizes)])
        return True

    def _tensor(self, name: str) -> onnx.TensorProto:
        found: onnx.TensorProto = next(entry for entry in self._graph.initializer if entry.name == name)
        return found


def set_attributes(node: onnx.NodeProto, **attributes: Sequence[int]) -> None:
    """Replace all attributes of a node."""
    del node.attribute[:]
    node.attribute.extend(helper.make_attribute(name, list(value)) for name, value in attributes.items())


def set_input_shape(network: onnx.ModelProto, shape: Sequence[int | str]) -> None:
    """Set the shape of the network's input and clear the inferred shapes."""
    del network.graph.input[:]
    network.graph.input.append(helper.make_tensor_value_info(IMAGES, onnx.TensorProto.FLOAT, shape))
    del network.graph.value_info[:]
