"""Rules of operators that gather and scatter elements by index."""

from __future__ import annotations

import numpy as np

from whylight.autodiff.node_context import NodeContext, same_rows
from whylight.autodiff.registry import Cotangents, rule
from whylight.graphs.graph_view import BatchMultiple


@rule("GatherND", per_image=lambda node: node.attribute("batch_dims", 0) > 0 and same_rows(node))
def gather_nd(node: NodeContext, cotangent: str) -> Cotangents:
    """`y_i = x[index_i]` by coordinates: `dx` is the sum of `dy_i` at each index."""
    if node.attribute("batch_dims", 0):
        return _add_in_each_batch(node, cotangent), None
    _require_places_inside(node)
    scattered = node.op("ScatterND", node.zeros_like_input(0), node.input_rows(1), cotangent, reduction="add")
    return scattered, None


@rule("ScatterND")
def scatter_nd(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x` with elements overwritten by updates, or updates added to them.

    `d_updates` is `dy` at the indexes; `dx` is `dy`, with zeros at them where they were overwritten.
    """
    _require_places_inside(node)
    added, places = _adds(node), node.input_rows(1)
    written = node.op("GatherND", cotangent, places)
    if added:
        return cotangent, None, written
    nothing = node.op("Mul", written, node.constant(0.0))
    return node.op("ScatterND", cotangent, places, nothing), None, written


@rule("ScatterElements", per_image=lambda node: node.axis(0) != 0 and same_rows(node))
def scatter_elements(node: NodeContext, cotangent: str) -> Cotangents:
    """ScatterND along one axis, by an index for each element."""
    if isinstance(node.info(0).shape[node.axis(0)], BatchMultiple):
        node.require_own_rows(1)
    added, places, axis = _adds(node), node.input_rows(1), node.axis(0)
    written = node.op("GatherElements", cotangent, places, axis=axis)
    if added:
        return cotangent, None, written
    nothing = node.op("Mul", written, node.constant(0.0))
    return node.op("ScatterElements", cotangent, places, nothing, axis=axis), None, written


@rule("TopK", per_image=lambda node: node.axis(-1) != 0 and same_rows(node))
def top_k(node: NodeContext, cotangent: str) -> Cotangents:
    """Largest elements along an axis: `dx` is `dy` at their indexes, else 0."""
    places = node.rows(node.output(1))
    zeros = node.zeros_like_input(0)
    return (node.op("ScatterElements", zeros, places, cotangent, axis=node.axis(-1)), None)


@rule("Col2Im", per_image=same_rows)
def column_to_image(node: NodeContext, cotangent: str) -> Cotangents:
    """Image as the sum of overlapping blocks: each block gets `dy` under it."""
    size, block = node.constants(1) or [], node.constants(2) or []
    rank = len(size)
    pads = node.attribute("pads", None) or [0] * (2 * rank)
    strides = node.attribute("strides", None) or [1] * rank
    dilations = node.attribute("dilations", None) or [1] * rank
    padded = [size[i] + pads[i] + pads[rank + i] for i in range(rank)]
    within = [np.arange(block[i]) * dilations[i] for i in range(rank)]
    starts = [np.arange(0, padded[i] - int(within[i][-1]), strides[i]) for i in range(rank)]
    offsets = np.ravel_multi_index(np.meshgrid(*within, indexing="ij"), padded).reshape(-1, 1)
    places = offsets + np.ravel_multi_index(np.meshgrid(*starts, indexing="ij"), padded).reshape(1, -1)
    margins = [0, 0, *pads[:rank], 0, 0, *pads[rank:]]
    plane = node.op("Pad", cotangent, node.constant(margins, np.int64))
    flat = node.op("Reshape", plane, node.constant([0, 0, -1], np.int64))
    blocks = node.op("Gather", flat, node.constant(places.reshape(-1), np.int64), axis=2)
    return (node.reshape_as_input(blocks, 0), None, None)


def _adds(node: NodeContext) -> bool:
    """Return whether updates are added to the elements instead of replacing them."""
    reduction = node.attribute("reduction", "none")
    if reduction not in ("none", "add"):
        raise node.unsupported(
            "its reduction is '{reduction}'; expected 'none' or 'add'", reduction=reduction
        )
    return bool(reduction == "add")


def _require_places_inside(node: NodeContext) -> None:
    """Refuse coordinates that select images by constant or unknown row numbers.

    With one row per score, row numbers differ from those of the images.
    """
    (coordinates,) = node.static_dims(1, slice(-1, None))
    if any(isinstance(dim, BatchMultiple) for dim in node.info(0).shape[:coordinates]):
        node.require_own_rows(1)


def _add_in_each_batch(node: NodeContext, cotangent: str) -> str:
    """Undo a GatherND with indexes for each entry of the first `batch_dims` axes."""
    batch_dims = int(node.attribute("batch_dims"))
    (coordinates,) = node.static_dims(1, slice(-1, None))
    places = int(np.prod(node.static_dims(1, slice(batch_dims, -1))))
    dims = node.static_dims(0, slice(batch_dims, None))

    def flat(tensor: str, *inner: int) -> str:
        return node.op("Reshape", tensor, node.constant([-1, *inner], np.int64))

    # The batch axes become one, and its entry's number the first coordinate.
    indexes = flat(node.input_rows(1), places, coordinates)
    zeros = flat(node.zeros_like_input(0), *dims)
    count = node.op("Squeeze", node.op("Shape", indexes, start=0, end=1))
    entries = node.op("Range", node.constant(0, np.int64), count, node.constant(1, np.int64))
    column = node.op("Expand", flat(entries, 1, 1), node.constant([1, places, 1], np.int64))
    full = node.op("Concat", column, indexes, axis=2)
    values = flat(cotangent, places, *dims[coordinates:])
    return node.reshape_as_input(node.op("ScatterND", zeros, full, values, reduction="add"), 0)
