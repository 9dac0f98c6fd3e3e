"""One pass over a network that rewrites it for any batch size (`dynamic_batch`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import onnx
from onnx import helper, numpy_helper

from whylight.adoption.batch_layout import Arrangement, BatchProbe, Value, arrangement, unbatchable
from whylight.adoption.batch_repairs import REPAIRS
from whylight.errors import ModelError
from whylight.graphs.editor import GraphEditor
from whylight.graphs.graph_view import constant_value
from whylight.graphs.in_memory import open_in_memory

Shape = tuple[int, ...]

_SMALL = 1024
"""Constants up to so many elements are given to single nodes as constants, which some operators require."""

Pattern = tuple[Shape, Arrangement | None, Shape]
"""A Reshape: from which shape, how two images lie in it, to which shape."""


class BatchRewriter:
    """One walk through the network, which rewrites it on the way.

    Args:
        model: the network. Rewriting leaves what it does for one image as it is, so that another walk
            can start from a rewritten network.
        item_shape: of one image.
        turns: of several possible readings of a Reshape, which one to take, for each pattern.
    """

    def __init__(
        self, model: onnx.ModelProto, item_shape: tuple[int, ...], turns: dict[Pattern, int]
    ) -> None:
        self.model = model
        self._turns = turns
        self._doubts: list[tuple[Pattern, int]] = []
        self.editor = GraphEditor(model)
        self.constants: dict[str, Value] = {
            tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer
        }
        rng = np.random.default_rng(0)
        images = [rng.standard_normal((1, *item_shape), dtype=np.float32) for _ in range(2)]
        self.input = model.graph.input[0].name
        self.values = {self.input: BatchProbe(images[0], images[1], np.concatenate(images))}
        self.dependent = {self.input}
        """Tensors that depend on the images' values, and not on shapes alone."""
        self.batch = ""
        self._opened: _SingleNode | None = None
        self.last_use = {name: place for place, node in enumerate(model.graph.node) for name in node.input}

    def run(self) -> None:
        """Visit every node in order.

        Raises:
            ModelError: a node mixes images.
        """
        for place, node in enumerate(list(self.model.graph.node)):
            value = constant_value(node)
            if value is not None:
                self.constants[node.output[0]] = value
                continue
            self._visit(node)
            for name in node.input:
                if self.last_use.get(name) == place:
                    self.values.pop(name, None)

    def backtrack(self) -> bool:
        """Try another reading of the latest ambiguous Reshape; False if none is left."""
        for pattern, readings in reversed(self._doubts):
            if self._turns.get(pattern, 0) + 1 < readings:
                self._turns[pattern] = self._turns.get(pattern, 0) + 1
                return True
        return False

    def _visit(self, node: onnx.NodeProto) -> None:
        if node.op_type not in ("Shape", "Size") and not self.dependent.isdisjoint(node.input):
            self.dependent.update(filter(None, node.output))
        apart = [self._execute(node, turn) for turn in (0, 1)]
        if node.op_type == "Reshape" and node.input[0] in self.dependent:
            self._reshape(node, apart)
            return
        if self.dependent.isdisjoint(node.output):
            self._keep(node, apart, self._execute(node, 2))
            return
        together = self._try(node)
        if together is None or not self._sound(apart, together):
            repair = REPAIRS.get(node.op_type)
            if repair is not None:
                repair(self, node, apart)
                apart = [self._execute(node, turn) for turn in (0, 1)]
                together = self._try(node)
        if together is None or not self._sound(apart, together):
            raise unbatchable(node)
        self._keep(node, apart, together)

    def _keep(self, node: onnx.NodeProto, apart: list[list[Value]], together: list[Value]) -> None:
        for name, first, second, both in zip(node.output, *apart, together, strict=True):
            if name:
                self.values[name] = BatchProbe(first, second, both)

    def _try(self, node: onnx.NodeProto) -> list[Value] | None:
        try:
            return self._execute(node, 2)
        except ModelError:
            return None

    def _execute(self, node: onnx.NodeProto, turn: int) -> list[Value]:
        """Return a node's outputs for the first image (0), the second (1) or both (2)."""
        feed: dict[str, Value] = {}
        for name in filter(None, node.input):
            if name not in self.constants:
                probe = self.values[name]
                feed[name] = (probe.first, probe.second, probe.both)[turn]
        written = node.SerializeToString()
        if self._opened is None or self._opened.written != written:  # mostly asked for three turns in a row
            constants = {name: self.constants[name] for name in node.input if name in self.constants}
            self._opened = _SingleNode(self.model, node, written, feed, constants)
        return self._opened.run(feed)

    @staticmethod
    def _sound(apart: list[list[Value]], together: list[Value]) -> bool:
        return all(
            arrangement(*trio) is not None for trio in zip(*apart, together, strict=True) if trio[0].size
        )

    def _reshape(self, node: onnx.NodeProto, apart: list[list[Value]]) -> None:
        """Choose the dimension that is the batch, and write the target with -1 there."""
        source = self.values.get(node.input[0])
        (first,), (second,) = apart
        if source is None or source.both.size != 2 * first.size:
            together = self._try(node)
            if together is None:
                raise unbatchable(node)
            self._keep(node, apart, together)
            return
        before = arrangement(source.first, source.second, source.both)
        found: list[tuple[tuple[bool, bool, bool, int], int, Value]] = []
        for axis, size in enumerate(first.shape):
            shape = list(first.shape)
            shape[axis] = 2 * size
            both = source.both.reshape(shape)
            if arrangement(first, second, both) is not None:
                same = before is not None and before.axis == axis
                last = axis == first.ndim - 1
                found.append(((size != 1, last, not same, axis), axis, both))
        if not found:
            raise unbatchable(node)
        found.sort(key=lambda entry: entry[0])
        pattern = (source.first.shape, before, first.shape)
        if len(found) > 1:
            self._doubts.append((pattern, len(found)))
        _, axis, both = found[self._turns.get(pattern, 0) % len(found)]
        target = [-1 if place == axis else size for place, size in enumerate(first.shape)]
        node.input[1] = self.editor.constant(target, stem="batch_target")
        self.constants[node.input[1]] = np.array(target)
        for kept in [entry for entry in node.attribute if entry.name == "allowzero"]:
            node.attribute.remove(kept)
        self.values[node.output[0]] = BatchProbe(first, second, both)

    def batch_size(self) -> str:
        """Return the tensor that holds the number of images, int64 `[1]`."""
        if not self.batch:
            self.batch = self.editor.node("Shape", [self.input], at=0, stem="batch_size", start=0, end=1)
            self.values[self.batch] = BatchProbe(*(np.array([count]) for count in (1, 1, 2)))
        return self.batch

    def expand(self, name: str, axis: int) -> str:
        """Repeat a tensor that all images share along an axis, once for each image."""
        value = self.constants[name] if name in self.constants else self.values[name].both
        parts = [
            self.editor.constant([1] * count, stem="ones") if count else ""
            for count in (axis, value.ndim - axis - 1)
        ]
        pieces = [part for part in (parts[0], self.batch_size(), parts[1]) if part]
        place = max(self.editor.place_of(name), self.editor.place_of(self.batch)) + 1
        target = self.editor.node("Concat", pieces, at=place, stem="batch_shape", axis=0)
        made = self.editor.node("Expand", [name, target], at=place + 1, stem=f"{name}.batch")
        self.values[made] = BatchProbe(value, value, np.repeat(value, 2, axis=axis))
        return made

    def split_rows(self, name: str) -> str:
        """Reshape a flattened batch `[N * size]` to `[N, size]`."""
        trio = self.values[name]
        target = self.editor.constant([-1, trio.first.size], stem="batch_target")
        place = self.editor.place_of(name) + 1
        made = self.editor.node("Reshape", [name, target], at=place, stem=f"{name}.rows")
        rows = (value.reshape(-1, trio.first.size) for value in (trio.first, trio.second, trio.both))
        self.values[made] = BatchProbe(*rows)
        return made

    def gather_rows(self, rows: str, indexes: str) -> str:
        """Read rows `[N * n, ...]` of each image by its own indexes `[N * m]`."""
        data, picked = self.values[rows], self.values[indexes]
        of_images = []
        for name, shape in ((rows, data.first.shape), (indexes, (*picked.first.shape, 1))):
            target = self.editor.constant([-1, *shape], stem="batch_target")
            place = max(self.editor.place_of(rows), self.editor.place_of(indexes)) + 1
            of_images.append(self.editor.node("Reshape", [name, target], at=place, stem=f"{name}.images"))
        place = max(map(self.editor.place_of, of_images)) + 1
        made = self.editor.node("GatherND", of_images, at=place, stem=f"{rows}.picked", batch_dims=1)
        apart = [
            value[index][None] for value, index in ((data.first, picked.first), (data.second, picked.second))
        ]
        self.values[made] = BatchProbe(apart[0], apart[1], np.concatenate(apart))
        return made

    def probe_of(self, name: str) -> BatchProbe:
        """Return a tensor's values; those of a constant are the same for all images."""
        if name in self.constants:
            return BatchProbe(*(self.constants[name],) * 3)
        return self.values[name]


class _SingleNode:
    """A node that is run alone, on inputs of any shape.

    Raises:
        ModelError: the runtime rejects it.
    """

    def __init__(
        self,
        model: onnx.ModelProto,
        node: onnx.NodeProto,
        written: bytes,
        feed: Mapping[str, Value],
        constants: Mapping[str, Value],
    ) -> None:
        self.written = written
        """The node, serialised."""
        self._node = node
        small = [
            numpy_helper.from_array(each, name) for name, each in constants.items() if each.size <= _SMALL
        ]
        self._large = {name: each for name, each in constants.items() if each.size > _SMALL}
        graph = helper.make_graph(
            [node],
            "node",
            [
                helper.make_tensor_value_info(name, _element(value), None)
                for name, value in {**feed, **self._large}.items()
            ],
            [onnx.ValueInfoProto(name=name) for name in node.output if name],
            small,
        )
        single = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
        with self._refusing():
            self._session = open_in_memory(single)

    def run(self, feed: Mapping[str, Value]) -> list[Value]:
        """Return the outputs; those that are left out are empty."""
        with self._refusing():
            made = iter(self._session.run(None, {**feed, **self._large}))
        return [np.asarray(next(made)) if name else np.empty(0) for name in self._node.output]

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # the runtime raises a family of types of its own
            raise ModelError(
                "{operator} '{node}' does not run: {reason}",
                operator=self._node.op_type,
                node=self._node.name or self._node.output[0],
                reason=error,
            ) from error


def _element(value: Value) -> int:
    return int(helper.np_dtype_to_tensor_dtype(value.dtype))
