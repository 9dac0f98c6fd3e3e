"""Rules of operators that select, join or pad along axes with constant indexes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whylight.autodiff.node_context import NodeContext, same_rows
from whylight.autodiff.registry import Cotangents, rule
from whylight.graphs.graph_view import BatchMultiple
from whylight.graphs.shape_probing import IndexRange

Indexes = NDArray[np.int64]


def scatter_selected(
    node: NodeContext, cotangent: str, axis: int, indexes: Indexes, size: int, rank: int | None = None
) -> str:
    """Undo the selection of `indexes` along an axis of `size` elements.

    Elements that were selected several times get the sum of their cotangents.

    A run of neighbours is padded; any other selection is gathered, from the cotangent with a zero
    behind it, once for each time that the most selected place was selected.
    """
    rank = rank or node.info(0).rank
    if len(indexes) == 0 or (np.diff(indexes) == 1).all():
        first = int(indexes[0]) if len(indexes) else 0
        return pad_axis(node, cotangent, axis, first, size - first - len(indexes), rank)
    turns = [int((indexes[:place] == index).sum()) for place, index in enumerate(indexes)]
    extended = pad_axis(node, cotangent, axis, 0, 1, rank)
    parts = []
    for turn in range(max(turns) + 1):
        source = np.full(size, len(indexes), np.int64)  # the zero behind
        for place, index in enumerate(indexes):
            if turns[place] == turn:
                source[index] = place
        parts.append(node.op("Gather", extended, node.constant(source, np.int64), axis=axis))
    return parts[0] if len(parts) == 1 else node.op("Sum", *parts)


def pad_axis(node: NodeContext, tensor: str, axis: int, before: int, after: int, rank: int) -> str:
    """Pad an axis with zeros before and after; negative numbers crop."""
    if before == after == 0:
        return tensor
    pads = np.zeros((2, rank), np.int64)
    pads[:, axis] = before, after
    return node.op("Pad", tensor, node.constant(pads.reshape(-1), np.int64))


def _ranges(node: NodeContext) -> list[tuple[int, Indexes]]:
    """Return the axes that a Slice shortens or reverses, and its indexes there."""
    rank = node.info(0).rank
    starts, ends = node.constants(1) or [], node.constants(2) or []
    axes = node.constants(3) or list(range(len(starts)))
    steps = node.constants(4) or [1] * len(starts)
    taken = []
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        dim = node.info(0).shape[axis % rank]
        if isinstance(dim, BatchMultiple):
            if (start, step) != (0, 1) or end < np.iinfo(np.int32).max:
                raise node.unsupported("it takes a part of the batch")
            continue
        taken.append((axis % rank, np.arange(dim)[start:end:step]))
    return taken


@rule("Slice", per_image=same_rows)
def slice_(node: NodeContext, cotangent: str) -> Cotangents:
    """Part of a tensor along some axes: `dx` is `dy` there, else 0."""
    for axis, indexes in _ranges(node):
        cotangent = scatter_selected(node, cotangent, axis, indexes, node.static_dim(0, axis))
    return (cotangent,)


@rule("Gather", per_image=lambda node: node.axis(0) != 0 and same_rows(node))
def gather(node: NodeContext, cotangent: str) -> Cotangents:
    """Elements along an axis by index: `dx` is the sum of `dy` at each index.

    Indexes are constants, or count places in a flattened batch, computed from the image or not.
    """
    axis, ramp = node.axis(0), node.ramp_input(1)
    if ramp is not None and all(node.info(0).shape == (BatchMultiple(int(step)),) for step in ramp.step.flat):
        return (_gather_each(node, cotangent, ramp),)
    if axis == 0 and isinstance(node.info(0).shape[0], BatchMultiple):
        node.require_own_rows(1)
        places = node.op("Unsqueeze", node.input_rows(1), node.constant([-1], np.int64))
        return (node.op("ScatterND", node.zeros_like_input(0), places, cotangent, reduction="add"), None)
    size = node.static_dim(0, axis)
    indexes = np.array(node.constants(1), np.int64) % size
    dims: list[int | BatchMultiple] = list(node.info(0).shape)
    dims[axis] = len(indexes)
    target = [dim if isinstance(dim, int) else -1 for dim in dims]
    flat = node.op("Reshape", cotangent, node.constant(target, np.int64))
    return (scatter_selected(node, flat, axis, indexes, size),)


def _gather_each(node: NodeContext, cotangent: str, ramp: IndexRange) -> str:
    """Undo the selection of the same elements of each image in a flattened batch.

    PyTorch exports `as_strided` so.
    """
    size = int(ramp.step.flat[0])
    rows = node.op("Reshape", cotangent, node.constant([-1, ramp.value.size], np.int64))
    scattered = scatter_selected(node, rows, 1, ramp.value.reshape(-1), size, rank=2)
    return node.reshape_as_input(scattered, 0)


@rule("GatherElements", per_image=lambda node: node.axis(0) != 0 and same_rows(node))
def gather_elements(node: NodeContext, cotangent: str) -> Cotangents:
    """Single elements along an axis: `dx` is the sum of `dy` at each index."""
    if isinstance(node.info(0).shape[node.axis(0)], BatchMultiple):
        node.require_own_rows(1)
    places, zeros = node.input_rows(1), node.zeros_like_input(0)
    scattered = node.op("ScatterElements", zeros, places, cotangent, axis=node.axis(0), reduction="add")
    return scattered, None


@rule("Concat", per_image=lambda node: _concat_axis(node) != 0 and same_rows(node))
def concat(node: NodeContext, cotangent: str) -> Cotangents:
    """Concatenation along an axis: each input gets its part of `dy`."""
    axis, end = _concat_axis(node), 0
    parts: list[str | None] = []
    for index in range(len(node.node.input)):
        start = end
        end += node.static_dim(index, axis)
        if not node.is_active(index):
            parts.append(None)
            continue
        bounds = [node.constant([value], np.int64) for value in (start, end, axis)]
        parts.append(node.op("Slice", cotangent, *bounds))
    return tuple(parts)


def _concat_axis(node: NodeContext) -> int:
    return int(node.attribute("axis")) % node.output_info().rank


@rule("Split", per_image=lambda node: node.axis(0) != 0 and same_rows(node), all_outputs=True)
def split(node: NodeContext, _cotangent: str) -> Cotangents:
    """Parts along an axis: `dx` is their cotangents concatenated, 0 where unused."""
    parts = [
        node.zeros_like_output(index) if cotangent is None else cotangent
        for index, cotangent in enumerate(node.cotangents)
    ]
    return (node.op("Concat", *parts, axis=node.axis(0)),)


@rule("Pad", per_image=same_rows, local=True)
def pad(node: NodeContext, cotangent: str) -> Cotangents:
    """Constant, reflected, repeated or wrapped margins: copies add up in `dx`."""
    rank = node.info(0).rank
    amounts = node.constants(1) or []
    axes = [axis % rank for axis in node.constants(3) or range(rank)]
    mode = node.attribute("mode", "constant")
    for place, axis in enumerate(axes):
        before, after = amounts[place], amounts[len(axes) + place]
        if before == after == 0:
            continue
        size = node.static_dim(0, axis)
        if mode == "constant":
            cotangent = pad_axis(node, cotangent, axis, -before, -after, rank)
        else:
            indexes = np.pad(np.arange(size), (max(before, 0), max(after, 0)), mode=mode)
            indexes = indexes[max(-before, 0) : len(indexes) - max(-after, 0)]
            cotangent = scatter_selected(node, cotangent, axis, indexes, size)
    return (cotangent,)


@rule("Trilu", per_image=lambda node: node.info(0).rank > 2 and same_rows(node))
def trilu(node: NodeContext, cotangent: str) -> Cotangents:
    """One triangle of a matrix, zeros in the other: `dx` is the triangle of `dy`."""
    offset = node.input_rows(1) if node.has_input(1) else ""
    return (node.op("Trilu", cotangent, *filter(None, [offset]), upper=node.attribute("upper", 1)),)


@rule("CumSum")
def cumulative_sum(node: NodeContext, cotangent: str) -> Cotangents:
    """`y_i = sum of x_j, j <= i`: the cumulative sum of `dy` from the other end."""
    reverse, exclusive = node.attribute("reverse", 0), node.attribute("exclusive", 0)
    axis = node.input_rows(1)
    return (node.op("CumSum", cotangent, axis, reverse=1 - reverse, exclusive=exclusive),)
