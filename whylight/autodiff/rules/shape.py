"""Rules of operators that only rearrange elements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from whylight.autodiff.node_context import NodeContext, batch_first, same_rows
from whylight.autodiff.registry import Cotangents, rule


@rule("Flatten", "Reshape", "Squeeze", "Unsqueeze", per_image=batch_first, local=True)
def reshape(node: NodeContext, cotangent: str) -> Cotangents:
    """Same elements in another shape: `dx` is `dy` in the input's shape."""
    return (node.reshape_as_input(cotangent, 0),)


def _order(node: NodeContext) -> list[int]:
    return list(node.attribute("perm", None) or reversed(range(node.info(0).rank)))


@rule("Transpose", per_image=lambda node: _order(node)[0] == 0, local=True)
def transpose(node: NodeContext, cotangent: str) -> Cotangents:
    """Axes in another order: `dx` is `dy` with the inverse permutation."""
    return (node.op("Transpose", cotangent, perm=[int(axis) for axis in np.argsort(_order(node))]),)


@rule("Expand", per_image=same_rows)
def expand(node: NodeContext, cotangent: str) -> Cotangents:
    """Repetition along axes of length 1: `dx` is the sum of `dy` over repetitions."""
    return (node.sum_to(cotangent, 0),)


@rule("Tile", per_image=same_rows)
def tile(node: NodeContext, cotangent: str) -> Cotangents:
    """Repetition of the tensor along axes: `dx` is the sum of `dy` over repetitions."""
    repeats = node.constants(1) or []
    if all(count == 1 for count in repeats):
        return (cotangent,)
    target: list[int] = []
    repeated: list[int] = []
    for axis, (count, dim) in enumerate(zip(repeats, node.info(0).shape, strict=True)):
        if count > 1:
            node.static_dim(0, axis)
            repeated.append(len(target))
            target.append(count)
        target.append(dim if isinstance(dim, int) else -1)
    split = node.op("Reshape", cotangent, node.constant(target, np.int64))
    summed = node.op("ReduceSum", split, node.constant(repeated, np.int64), keepdims=0)
    return (node.reshape_as_input(summed, 0),)


@rule("DepthToSpace", per_image=same_rows)
def depth_to_space(node: NodeContext, cotangent: str) -> Cotangents:
    """Channels to blocks of positions (Shi et al., 2016): `dx` by SpaceToDepth."""
    block = int(node.attribute("blocksize"))
    channels, height, width = node.static_dims(0, slice(1, None))
    split = [-1, channels // block**2, height, block, width, block]
    order = [0, 3, 5, 1, 2, 4] if node.attribute("mode", "DCR") == "DCR" else [0, 1, 3, 5, 2, 4]
    return (_rearranged(node, cotangent, split, order),)


@rule("SpaceToDepth", per_image=same_rows)
def space_to_depth(node: NodeContext, cotangent: str) -> Cotangents:
    """Blocks of positions to channels: `dx` is DepthToSpace of `dy`."""
    block = int(node.attribute("blocksize"))
    channels, height, width = node.static_dims(0, slice(1, None))
    split = [-1, block, block, channels, height // block, width // block]
    return (_rearranged(node, cotangent, split, [0, 3, 4, 1, 5, 2]),)


def _rearranged(node: NodeContext, cotangent: str, split: Sequence[int], order: Sequence[int]) -> str:
    apart = node.op("Reshape", cotangent, node.constant(split, np.int64))
    return node.reshape_as_input(node.op("Transpose", apart, perm=list(order)), 0)
