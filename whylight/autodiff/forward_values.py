"""Forward values in the gradient graph, recomputed from the target layer.

Only the values that rules use are emitted. A value is computed once per image as long as every operator
before it keeps images apart (`Rule.per_image`), and repeated to one row per score by `Gather` where a rule
needs that; after the first operator that mixes rows or moves the batch dimension, everything is computed once
per score. Both give the same result; the first makes several scores of one image cheap.

A tensor may have several rows an image (Swin's windows); those of an image lie together.

Integers that count the images of the batch (the `arange(N)` of `t[arange(N)[:, None], picked]`, places in a
flattened batch) are never computed once an image: an image's row number is not that of its scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy

import numpy as np
import onnx

from whylight.autodiff.node_context import NodeContext
from whylight.autodiff.registry import RULES
from whylight.errors import ModelError
from whylight.graphs.builder import GraphBuilder
from whylight.graphs.graph_view import BatchMultiple, Dim, Graph, TensorInfo
from whylight.graphs.shape_probing import (
    IndexRange,
    ProbedShapes,
    ShapeDependent,
    SizeVector,
    TiledConstant,
)


class ForwardValues:
    """Tensors of the tail in the gradient graph.

    Args:
        graph: the network.
        builder: where nodes are written.
        probed: what is known of the network's tensors.
        given: the target layer's tensor, and the gradient graph's input that holds it.
        image_index: the input that says which image each score belongs to, int64 `[M]`.
        reuse: take fully connected layers' results from the forward graph instead of computing them again.
    """

    def __init__(
        self,
        graph: Graph,
        builder: GraphBuilder,
        probed: ProbedShapes,
        given: tuple[str, str],
        image_index: str,
        *,
        reuse: bool,
    ) -> None:
        self.graph = graph
        self.builder = builder
        self.infos: Mapping[str, TensorInfo] = probed.infos
        self.extra_inputs: list[str] = []
        """Tensors, from outside the tail or reused, that the forward graph has to hand over."""
        self.is_static = probed.is_static
        """Whether there is one image and one score alone."""
        self._reuse = reuse
        self.sized = probed.sized
        """Values that grow with the batch and depend on nothing else."""
        target, self._activations = given
        self._image_index: str | None = image_index
        self.tail = graph.downstream(target)
        """Everything that depends on the target."""
        # What the network picked (regions, and to which level they belong) is a constant of the image: it is
        # taken from the forward graph, whose numbers of regions differ from those of the probed image.
        self._held = graph.picked() - graph.downstream(target, within=probed.real(graph))
        self._row_numbers = find_row_numbers(graph, probed)
        self._order = {id(node): place for place, node in enumerate(graph.nodes)}
        self._native: dict[str, str] = {target: self._activations}
        self._per_image: dict[str, bool] = {target: True}
        self._score_forms: dict[tuple[str, int], str] = {}
        self._sized_forms: dict[tuple[str, bool], str] = {}
        self._node_forms: dict[str, bool] = {}
        self._row_counts: dict[bool, str] = {}
        self._row_indexes: dict[int, str] = {1: image_index}

    def by_image(self) -> ForwardValues:
        """Return a view of the same values with one row per image and none per score."""
        other = copy(self)
        other._image_index = None
        other._score_forms, other._sized_forms = {}, {}
        other._row_counts, other._row_indexes = {}, {}
        return other

    def is_per_image(self, node: onnx.NodeProto) -> bool:
        """Return whether the node's forward values have rows per image, else per score."""
        key = next(name for name in node.output if name)
        if key not in self._node_forms:
            self._node_forms[key] = self._keeps_images_apart(node)
        return self._node_forms[key]

    def of_node(self, node: onnx.NodeProto, name: str) -> str:
        """Return an input or output of `node`, in the form in which the node is computed."""
        return self._in_form(name, per_image=self.is_per_image(node))

    def follows_scores(self, name: str) -> bool:
        """Return whether a tensor is computed per score.

        Row numbers in such a tensor are those of the scores, else those of the images.
        """
        if name in self.graph.constants:
            return False
        if name in self.sized:
            return isinstance(self.sized[name], IndexRange)
        self._emit(name)
        return not self._per_image[name]

    def score_form(self, name: str) -> str:
        """Return a tensor of the network with rows per score; constants as they are."""
        return self._in_form(name, per_image=False)

    def as_score_rows(self, tensor: str, rows_an_image: int) -> str:
        """Repeat a tensor with rows per image so that it has rows per score."""
        if self._image_index is None:
            return tensor
        key = (tensor, rows_an_image)
        if key not in self._score_forms:
            self._score_forms[key] = self.builder.op(
                "Gather", tensor, self._row_index(rows_an_image), axis=0, name=f"{tensor}.scores"
            )
        return self._score_forms[key]

    def shape_tensor(self, dims: tuple[Dim, ...], *, per_image: bool = False) -> str:
        """Return a shape as int64 tensor, the batch being the number of scores or images."""
        factors = [dim.factor if isinstance(dim, BatchMultiple) else 0 for dim in dims]
        fixed = [0 if isinstance(dim, BatchMultiple) else dim for dim in dims]
        return self._size_vector(SizeVector(np.array(fixed), np.array(factors)), per_image)

    def _in_form(self, name: str, *, per_image: bool) -> str:
        if name in self.graph.constants:
            return self._constant(name)
        if name in self.sized:
            return self._emit_sized(name, per_image)
        self._emit(name)
        native = self._native[name]
        if per_image or not self._per_image[name]:
            return native
        return self.as_score_rows(native, self.infos[name].rows_an_image or 1)

    def _keeps_images_apart(self, node: onnx.NodeProto) -> bool:
        entry = RULES.get(node.op_type)
        if entry is None or entry.per_image is False or not self._row_numbers.isdisjoint(node.output):
            return False
        for name in self._varying(node.input):
            self._emit(name)
            if not self._per_image[name]:
                return False
        made = [self.infos[name] for name in node.output if name in self.infos]
        if any(info.rows_an_image is None for info in made):
            return False
        if entry.per_image is True:
            return True
        return entry.per_image(NodeContext(node, self, self.tail))

    def _varying(self, names: Iterable[str]) -> list[str]:
        """Return the inputs of a node that depend on the images."""
        constants = self.graph.constants
        return [name for name in names if name and name not in constants and name not in self.sized]

    def _emit(self, name: str) -> None:
        """Add a tensor of the network to the gradient graph if it is not there yet.

        Without recursion along the network, which may be a thousand operators deep.
        """
        if name in self._native:
            return
        missing: dict[int, onnx.NodeProto] = {}
        pending = [name]
        while pending:
            wanted = pending.pop()
            if wanted in self._native:
                continue
            node = self._producer(wanted) if wanted in self.tail else None
            is_outside = node is None or wanted in self._held or self._worth_reusing(node)
            if is_outside and self._can_be_handed_over(wanted):
                self._take_from_forward_graph(wanted)
                continue
            node = node or self._producer(wanted)
            if id(node) not in missing:
                missing[id(node)] = node
                pending.extend(self._varying(node.input))
        for node in sorted(missing.values(), key=lambda node: self._order[id(node)]):
            self._emit_node(node)

    def _emit_node(self, node: onnx.NodeProto) -> None:
        if node.op_type == "Reshape":
            # The shape may be computed from the batch size of the whole network; the probed one is
            # a constant, with -1 for the batch, and holds for any number of rows.
            target = self.infos[node.output[0]].reshape_target()
            data = self.of_node(node, node.input[0])
            outputs = [self.builder.op("Reshape", data, self.builder.constant(target, np.int64))]
        else:
            inputs = [self.of_node(node, given) if given else "" for given in node.input]
            outputs = [self.builder.unique(made) if made else "" for made in node.output]
            self.builder.copy(node, inputs, outputs)
        for original, made in zip(node.output, outputs, strict=True):
            self._native[original] = made
            self._per_image[original] = self.is_per_image(node)

    def _producer(self, name: str) -> onnx.NodeProto:
        if name not in self.graph.producer:
            raise ModelError("the tail takes tensor '{name}', which nothing makes", name=name)
        return self.graph.producer[name]

    def _worth_reusing(self, node: onnx.NodeProto) -> bool:
        """Return whether reading a node's result is cheaper than computing it again.

        A fully connected layer reads more weights than it makes numbers: with one image, computing it
        again takes as long as differentiating it. Maps are left alone: handing them over costs copies,
        and would keep the runtime from fusing what makes them.
        """
        return self._reuse and node.op_type in ("Gemm", "MatMul") and self.infos[node.output[0]].rank == 2

    def _can_be_handed_over(self, name: str) -> bool:
        info = self.infos[name]
        return info.is_per_image and info.dtype == np.float32

    def _take_from_forward_graph(self, name: str) -> None:
        self.extra_inputs.append(name)
        self.builder.reserve([name])
        self._native[name] = name
        self._per_image[name] = True

    def _constant(self, name: str) -> str:
        if name not in self._native:
            value = self.graph.constants[name]
            self._native[name] = self.builder.initializer(self.builder.unique(name), value)
        return self._native[name]

    def _emit_sized(self, name: str, per_image: bool) -> str:
        key = (name, per_image)
        if key not in self._sized_forms:
            sized = self.sized[name]
            if isinstance(sized, SizeVector):
                made = self._size_vector(sized, per_image)
            elif isinstance(sized, IndexRange):
                made = self._ramp(sized, per_image)
            elif isinstance(sized, TiledConstant):
                made = self._repeated(sized, per_image)
            else:
                raise ModelError(sized.why)
            self._sized_forms[key] = made
        return self._sized_forms[key]

    def _size_vector(self, vector: SizeVector, per_image: bool) -> str:
        builder, dtype = self.builder, np.int64
        if not vector.slope.any():
            return builder.constant(vector.base, dtype)
        grown = builder.op("Mul", self._row_count(per_image), builder.constant(vector.slope, dtype))
        made = builder.op("Add", grown, builder.constant(vector.base, dtype))
        shape = builder.constant(vector.base.shape, dtype)
        return made if vector.base.ndim else builder.op("Reshape", made, shape)

    def _repeated(self, repeated: TiledConstant, per_image: bool) -> str:
        part = self.builder.constant(repeated.value, repeated.value.dtype)
        axis, dim = next(
            (axis, dim) for axis, dim in enumerate(repeated.shape) if isinstance(dim, BatchMultiple)
        )
        if repeated.value.shape[axis] == 1:
            return self.builder.op("Expand", part, self.shape_tensor(repeated.shape, per_image=per_image))
        rows = repeated.value.shape[axis]
        times: list[Dim] = [1] * repeated.value.ndim
        times[axis] = BatchMultiple(dim.factor // rows)
        return self.builder.op("Tile", part, self.shape_tensor(tuple(times), per_image=per_image))

    def _ramp(self, ramp: IndexRange, per_image: bool) -> str:
        builder, shape, axis = self.builder, ramp.value.shape, ramp.axis
        count = builder.op("Squeeze", self._row_count(per_image))
        rows = builder.op("Range", *(builder.constant(0, np.int64), count, builder.constant(1, np.int64)))
        # The images along an axis of their own, in front of the one along which their integers follow.
        column = [1] * axis + [-1] + [1] * (len(shape) - axis)
        value, step = (np.expand_dims(part, axis) for part in (ramp.value, ramp.step))
        offsets = builder.op(
            "Mul",
            builder.op("Reshape", rows, builder.constant(column, np.int64)),
            builder.constant(step, np.int64),
        )
        counted = builder.op("Add", builder.constant(value, np.int64), offsets)
        joined = [*shape[:axis], -1, *shape[axis + 1 :]]
        return builder.op("Reshape", counted, builder.constant(joined, np.int64))

    def _row_count(self, per_image: bool) -> str:
        """Return the number of images or of scores, int64 `[1]`."""
        if per_image not in self._row_counts:
            source = self._activations if per_image or self._image_index is None else self._image_index
            self._row_counts[per_image] = self.builder.op("Shape", source, start=0, end=1)
        return self._row_counts[per_image]

    def _row_index(self, rows_an_image: int) -> str:
        """Return the rows of each score, int64 `[M rows_an_image]`.

        An image has several rows where it was cut into windows.
        """
        if rows_an_image not in self._row_indexes:
            builder = self.builder
            assert self._image_index is not None
            first = builder.op("Mul", self._image_index, builder.constant(rows_an_image, np.int64))
            column = builder.op("Unsqueeze", first, builder.constant([1], np.int64))
            places = builder.op("Add", column, builder.constant(np.arange(rows_an_image), np.int64))
            flat = builder.op("Reshape", places, builder.constant([-1], np.int64))
            self._row_indexes[rows_an_image] = flat
        return self._row_indexes[rows_an_image]


_SHAPED_BY_OTHERS = frozenset(
    (
        "Reshape",
        "Expand",
        "Tile",
        "Slice",
        "Pad",
        "Resize",
        "Unsqueeze",
        "Squeeze",
        "Gather",
        "GatherND",
        "GatherElements",
    )
)
"""Operators whose inputs behind the first say where or how large, and are no part of the values."""


def find_row_numbers(graph: Graph, probed: ProbedShapes) -> set[str]:
    """Return the tensors computed from images whose values count rows of the batch.

    They come from row numbers and batch sizes that the graph computes, and from MaxPool, whose indices count
    through the whole batch. What is read *at* such numbers is no such number.
    """
    found: set[str] = set()
    for node in graph.nodes:
        names = list(node.input)
        if node.op_type in _SHAPED_BY_OTHERS:
            names = names[:1]
        elif node.op_type in ("ScatterND", "ScatterElements"):
            del names[1]
        if any(name in found or _counts_rows(probed.sized.get(name)) for name in names):
            found.update(filter(None, node.output))
        if node.op_type == "MaxPool":
            found.update(filter(None, node.output[1:]))
    return found


def _counts_rows(sized: ShapeDependent | None) -> bool:
    return isinstance(sized, IndexRange) or (isinstance(sized, SizeVector) and bool(sized.slope.any()))
