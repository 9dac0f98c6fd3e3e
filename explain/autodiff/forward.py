"""Forward values inside the gradient graph, recomputed from the target layer on demand.

Only what a rule asks for is emitted. A value is computed once an image as long as every operator on
its way keeps images apart (`Rule.per_image`), and spread to one row a score by `Gather` where a
rule needs it so; after the first operator that mixes rows or moves the batch dimension, everything
is computed once a score. Both are right; the first is what makes many questions about one picture
cheap.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx

from explain.autodiff.builder import GraphBuilder
from explain.autodiff.context import NodeContext
from explain.autodiff.graph import Graph, TensorInfo
from explain.autodiff.registry import RULES
from explain.errors import ModelError


class ForwardValues:
    """The tail's tensors in the gradient graph.

    Args:
        graph: the network.
        builder: where nodes are written.
        infos: shapes of the network's tensors.
        given: the target layer's tensor, and the gradient graph's input that holds it.
        image_index: the input that says which image each score belongs to, int64 `[M]`.
    """

    def __init__(
        self,
        graph: Graph,
        builder: GraphBuilder,
        infos: Mapping[str, TensorInfo],
        given: Mapping[str, str],
        image_index: str,
    ) -> None:
        self.graph = graph
        self.builder = builder
        self.extra_inputs: list[str] = []
        """Tensors from outside the tail that the forward graph has to hand over."""
        self._infos = infos
        self._tail = set[str]().union(*(graph.downstream(name) for name in given))
        self._image_index = image_index
        self._native: dict[str, str] = dict(given)
        self._per_image: dict[str, bool] = dict.fromkeys(given, True)
        self._scores: dict[str, str] = {}
        self._node_forms: dict[str, bool] = {}

    def is_per_image(self, node: onnx.NodeProto) -> bool:
        """Whether the node's forward values have one row an image (else one a score)."""
        key = next(name for name in node.output if name)
        if key not in self._node_forms:
            self._node_forms[key] = self._keeps_images_apart(node)
        return self._node_forms[key]

    def of_node(self, node: onnx.NodeProto, name: str) -> str:
        """An input or output of `node`, in the form in which the node is computed."""
        self._emit(name)
        return self._native[name] if self.is_per_image(node) else self.score_form(name)

    def score_form(self, name: str) -> str:
        """A tensor of the network with one row a score; constants as they are."""
        self._emit(name)
        return self.to_scores(self._native[name]) if self._per_image[name] else self._native[name]

    def to_scores(self, tensor: str) -> str:
        """A tensor of the gradient graph with one row an image, spread to one row a score."""
        if tensor not in self._scores:
            self._scores[tensor] = self.builder.op(
                "Gather", tensor, self._image_index, axis=0, name=f"{tensor}.scores"
            )
        return self._scores[tensor]

    def _keeps_images_apart(self, node: onnx.NodeProto) -> bool:
        entry = RULES.get(node.op_type)
        if entry is None or entry.per_image is False:
            return False
        for name in filter(None, node.input):
            if name in self.graph.constants:
                continue
            self._emit(name)
            if not self._per_image[name]:
                return False
        if not all(self._infos[name].is_per_image for name in node.output if name in self._infos):
            return False
        if entry.per_image is True:
            return True
        return entry.per_image(NodeContext(node, self, self._infos, self._tail))

    def _emit(self, name: str) -> None:
        """Make sure that a tensor of the network exists in the gradient graph."""
        if name in self._native:
            return
        if name in self.graph.constants:
            self._native[name] = self.builder.initializer(
                self.builder.unique(name), self.graph.constants[name]
            )
            self._per_image[name] = False
            return
        if name not in self._tail:
            self._take_from_forward_graph(name)
            return
        node = self.graph.producer[name]
        if node.op_type == "Reshape":
            self._emit_reshape(node)
            return
        inputs = [self.of_node(node, given) if given else "" for given in node.input]
        outputs = [self.builder.unique(made) if made else "" for made in node.output]
        self.builder.copy(node, inputs, outputs)
        self._record(node, outputs)

    def _emit_reshape(self, node: onnx.NodeProto) -> None:
        # The shape may be computed from the batch size of the whole network; the probed one is
        # a constant, with -1 for the batch, and holds for any number of rows.
        target = self._infos[node.output[0]].reshape_target()
        data = self.of_node(node, node.input[0])
        output = self.builder.op("Reshape", data, self.builder.constant(target, np.int64))
        self._record(node, [output])

    def _record(self, node: onnx.NodeProto, outputs: list[str]) -> None:
        for original, made in zip(node.output, outputs, strict=True):
            self._native[original] = made
            self._per_image[original] = self.is_per_image(node)

    def _take_from_forward_graph(self, name: str) -> None:
        info = self._infos[name]
        if not info.is_per_image or info.dtype != np.float32:
            raise ModelError(
                f"the tail needs tensor '{name}' from outside itself, of shape {info.shape} and type "
                f"{info.dtype}; only float32 tensors with the batch as first dimension can be handed over"
            )
        self.extra_inputs.append(name)
        self.builder.reserve([name])
        self._native[name] = name
        self._per_image[name] = True
