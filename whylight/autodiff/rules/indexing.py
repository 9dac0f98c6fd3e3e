"""Rules of operators that read and write places by lists of indexes."""

from __future__ import annotations

import numpy as np

from whylight.autodiff.node_context import NodeContext, same_rows
from whylight.autodiff.registry import Cotangents, rule
from whylight.graphs.graph_view import BatchMultiple


@rule("GatherND")
def gather_nd(node: NodeContext, cotangent: str) -> Cotangents:
    """Places given by their coordinates: cotangents add up at their places."""
    _require_places_inside(node)
    scattered = node.op("ScatterND", node.zeros_like_input(0), node.input_rows(1), cotangent, reduction="add")
    return scattered, None


@rule("ScatterND")
def scatter_nd(node: NodeContext, cotangent: str) -> Cotangents:
    """Places overwritten by others' values: theirs is the cotangent there, and nothing of it the data's."""
    _require_places_inside(node)
    added, places = _adds(node), node.input_rows(1)
    written = node.op("GatherND", cotangent, places)
    if added:
        return cotangent, None, written
    nothing = node.op("Mul", written, node.constant(0.0))
    return node.op("ScatterND", cotangent, places, nothing), None, written


@rule("ScatterElements", per_image=lambda node: node.axis(0) != 0 and same_rows(node))
def scatter_elements(node: NodeContext, cotangent: str) -> Cotangents:
    """The same along one axis, by an index for each element."""
    added, places, axis = _adds(node), node.input_rows(1), node.axis(0)
    written = node.op("GatherElements", cotangent, places, axis=axis)
    if added:
        return cotangent, None, written
    nothing = node.op("Mul", written, node.constant(0.0))
    return node.op("ScatterElements", cotangent, places, nothing, axis=axis), None, written


@rule("TopK", per_image=lambda node: node.axis(-1) != 0 and same_rows(node))
def top_k(node: NodeContext, cotangent: str) -> Cotangents:
    """The largest along an axis: each goes back to its place."""
    places = node.rows(node.output(1))
    zeros = node.zeros_like_input(0)
    return (node.op("ScatterElements", zeros, places, cotangent, axis=node.axis(-1)), None)


@rule("Col2Im", per_image=same_rows)
def column_to_image(node: NodeContext, cotangent: str) -> Cotangents:
    """Overlapping blocks added up to an image: each block gets what lies under it."""
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
    """Return whether values are added to what lies there, instead of taking its place."""
    reduction = node.attribute("reduction", "none")
    if reduction not in ("none", "add"):
        raise node.unsupported(
            "its reduction is '{reduction}'; expected 'none' or 'add'", reduction=reduction
        )
    return bool(reduction == "add")


def _require_places_inside(node: NodeContext) -> None:
    """Coordinates must not count the images: with one row a score they would be others."""
    if node.attribute("batch_dims", 0):
        raise node.unsupported("it reads other places in each image (batch_dims)")
    if isinstance(node.info(0).shape[0], BatchMultiple) and node.constant_input(1) is not None:
        raise node.unsupported("it picks images from the batch")
