"""Repairs of single nodes whose constants assume a batch of one image.

A repair changes a node so that it takes any number of images and does the same for one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import onnx
from onnx import helper

from whylight.adoption.batch_layout import BatchProbe, Value, arrangement, unbatchable
from whylight.graphs.editor import GraphEditor


class RepairedGraph(Protocol):
    """Interface of `whylight.adoption.batch_walk.BatchRewriter` that repairs use."""

    @property
    def editor(self) -> GraphEditor:
        """Adds nodes and constants to the network."""

    @property
    def constants(self) -> dict[str, Value]:
        """Values of the network's constants, to which a repair adds its own."""

    def probe_of(self, name: str) -> BatchProbe:
        """Return a tensor's values for one image, another one, and both together."""

    def expand(self, name: str, axis: int) -> str:
        """Repeat a tensor that all images share along an axis, once for each image."""

    def gather_rows(self, rows: str, indexes: str) -> str:
        """Read rows of a flattened batch by indexes of each image's own."""

    def split_rows(self, name: str) -> str:
        """Give a flattened batch `[N * size]` the shape `[N, size]`."""


def _repair_concat(run: RepairedGraph, node: onnx.NodeProto, _apart: list[list[Value]]) -> None:
    """Repeat parts that all images share (class tokens) once for each image."""
    axes = set()
    for name in node.input:
        trio = run.probe_of(name)
        found = arrangement(trio.first, trio.second, trio.both)
        if found is not None and found.axis >= 0:
            axes.add(found.axis)
    if len(axes) != 1:
        raise unbatchable(node)
    axis = axes.pop()
    for place, name in enumerate(node.input):
        trio = run.probe_of(name)
        if trio.both.shape == trio.first.shape and trio.first.shape[axis] == 1:
            node.input[place] = run.expand(name, axis)


def _repair_resize(run: RepairedGraph, node: onnx.NodeProto, apart: list[list[Value]]) -> None:
    """Restrict `sizes`, which includes the batch, to the axes that change."""
    if len(node.input) < 4 or any(entry.name == "axes" for entry in node.attribute):
        return
    before = run.probe_of(node.input[0]).first.shape
    after = apart[0][0].shape
    axes = [axis for axis, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    axes = axes or [len(after) - 1]  # a map that has its size already; no axes would mean all of them
    sizes = np.array([after[axis] for axis in axes], np.int64)
    node.input[3] = run.editor.constant(sizes, stem="sizes")
    run.constants[node.input[3]] = sizes
    node.attribute.append(helper.make_attribute("axes", axes))


def _repair_squeeze(run: RepairedGraph, node: onnx.NodeProto, _apart: list[list[Value]]) -> None:
    """Name the axes to squeeze: without them a batch of one is squeezed as well."""
    trio = run.probe_of(node.input[0])
    found = arrangement(trio.first, trio.second, trio.both)
    if found is None or len(node.input) > 1:
        return
    axes = np.array([axis for axis, size in enumerate(trio.both.shape) if size == 1], np.int64)
    if not axes.size:
        node.op_type = "Identity"
        return
    node.input.append(run.editor.constant(axes, stem="axes"))
    run.constants[node.input[1]] = axes


def _repair_expand(run: RepairedGraph, node: onnx.NodeProto, apart: list[list[Value]]) -> None:
    """Replace the batch in the target shape by 1, which broadcasts."""
    trio = run.probe_of(node.input[0])
    found = arrangement(trio.first, trio.second, trio.both)
    if found is None or found.axis < 0:
        return
    target = list(apart[0][0].shape)
    target[len(target) - trio.both.ndim + found.axis] = 1
    node.input[1] = run.editor.constant(target, stem="batch_target")
    run.constants[node.input[1]] = np.array(target)


def _repair_add(run: RepairedGraph, node: onnx.NodeProto, _apart: list[list[Value]]) -> None:
    """Leave out the number of the first image, 0, that is added to indexes of rows."""
    for place, name in enumerate(node.input):
        trio = run.probe_of(name)
        if trio.both.dtype.kind == "i" and trio.both.shape == trio.first.shape and not trio.both.any():
            node.op_type = "Identity"
            node.input[:] = [node.input[1 - place]]
            return


def _repair_gather(run: RepairedGraph, node: onnx.NodeProto, apart: list[list[Value]]) -> None:
    """Read positions of one flattened image in every image of the batch.

    PyTorch exports `as_strided` so, for instance in channels_last networks. Positions that differ from image
    to image are those of a selection: `features.view(-1, C)[picked]` in RT-DETR.
    """
    if node.input[1] not in run.constants:
        _repair_selection(run, node, apart)
        return
    trio = run.probe_of(node.input[0])
    indexes = run.constants.get(node.input[1])
    found = arrangement(trio.first, trio.second, trio.both)
    one_image = apart[0][0].shape[:1] == (1,)
    if indexes is None or found is None or found.axis != 0 or trio.first.ndim != 1 or not one_image:
        return
    inner = indexes.reshape(indexes.shape[1:])
    node.input[0] = run.split_rows(node.input[0])
    node.input[1] = run.editor.constant(inner.tolist(), stem="places")
    run.constants[node.input[1]] = inner
    del node.attribute[:]
    node.attribute.append(helper.make_attribute("axis", 1))


def _repair_selection(run: RepairedGraph, node: onnx.NodeProto, apart: list[list[Value]]) -> None:
    """Read each image's rows by its own indexes, counted from its first row."""
    along = next((entry.i for entry in node.attribute if entry.name == "axis"), 0)
    found = [arrangement(trio.first, trio.second, trio.both) for trio in map(run.probe_of, node.input)]
    flat = run.probe_of(node.input[1]).first.ndim == 1
    if along != 0 or not flat or any(each is None or each.axis != 0 or each.inner for each in found):
        return
    picked = run.gather_rows(node.input[0], node.input[1])
    target = np.array([-1, *apart[0][0].shape[1:]], np.int64)
    node.op_type = "Reshape"
    node.input[:] = [picked, run.editor.constant(target, stem="batch_target")]
    run.constants[node.input[1]] = target
    del node.attribute[:]


REPAIRS: dict[str, Callable[[RepairedGraph, onnx.NodeProto, list[list[Value]]], None]] = {
    "Add": _repair_add,
    "Concat": _repair_concat,
    "Expand": _repair_expand,
    "Gather": _repair_gather,
    "Resize": _repair_resize,
    "Squeeze": _repair_squeeze,
}
"""By operator: the function that repairs its nodes."""
