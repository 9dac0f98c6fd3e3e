"""Rules of GridSample and AffineGrid.

Spatial transformers and deformable attention use them.

See Jaderberg et al., *Spatial Transformer Networks*, NeurIPS 2015, section 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from whylight.autodiff.node_context import NodeContext
from whylight.autodiff.registry import Cotangents, rule

_LINEAR = ("linear", "bilinear")
_X, _GRID = 0, 1


@rule("GridSample", per_image=True)
def grid_sample(node: NodeContext, cotangent: str) -> Cotangents:
    """Bilinear interpolation at points of a grid.

    `dx` spreads `dy` to the four neighbours; the grid gets `dy` times differences of the neighbours.
    """
    if node.info(_X).rank != 4:
        raise node.unsupported(
            "its input has {rank} dimensions; expected [N, C, h, w]", rank=node.info(_X).rank
        )
    mode, padding = node.attribute("mode", "linear"), node.attribute("padding_mode", "zeros")
    if mode not in _LINEAR or padding == "reflection":
        raise node.unsupported(
            "mode '{mode}' and padding '{padding}'; expected linear, zeros or border",
            mode=mode,
            padding=padding,
        )
    height, width = node.static_dims(_X, slice(2, None))
    rows, columns = node.static_output_dims(slice(2, None))
    flat = [0, 0, rows * columns]
    across = _Axis.along(node, 0, width, border=padding == "border")
    down = _Axis.along(node, 1, height, border=padding == "border")
    arrived = node.op("Reshape", cotangent, node.constant(flat, np.int64))
    places = [[_place(node, down.corners[i], across.corners[j], width) for j in range(2)] for i in range(2)]
    to_map = _to_map(node, arrived, across, down, places) if node.is_active(_X) else None
    to_grid = _to_grid(node, arrived, across, down, places) if node.is_active(_GRID) else None
    return to_map, to_grid


@dataclass(frozen=True, slots=True)
class _Axis:
    """One coordinate of the grid: neighbours and weights; tensors `[M, 1, points]`."""

    corners: tuple[str, str]
    """The places before and behind, int64, moved to the margin where they lie outside."""
    shares: tuple[str, str]
    """How much of each is taken, nothing of those outside."""
    inside: tuple[str, str]
    """1.0 for those inside the map, 0.0 for others."""
    slope: str
    """Places a unit of the grid."""

    @staticmethod
    def along(node: NodeContext, coordinate: int, size: int, *, border: bool) -> _Axis:
        """Return the coordinate of the grid along an axis of `size` elements."""
        op, constant = node.op, node.constant
        count = int(np.prod(node.static_output_dims(slice(2, None))))
        picked = op("Gather", node.input_rows(_GRID), constant(coordinate, np.int64), axis=3)
        grid = op("Reshape", picked, constant([0, 1, count], np.int64))
        scale = (size - 1) / 2 if node.attribute("align_corners", 0) else size / 2
        exact = op("Add", op("Mul", grid, constant(scale)), constant((size - 1) / 2))
        slope = constant(scale)
        last = constant(size - 1.0)
        if border:
            kept = op("Clip", exact, constant(0.0), last)
            slope = op("Mul", node.cast(op("Equal", kept, exact)), slope)
            exact = kept
        before = op("Floor", exact)
        behind = op("Add", before, constant(1.0))
        further = op("Sub", exact, before)
        moved = [op("Clip", place, constant(0.0), last) for place in (before, behind)]
        inside = [node.cast(op("Equal", *pair)) for pair in zip(moved, (before, behind), strict=True)]
        shares = [
            op("Mul", share, within)
            for share, within in zip((op("Sub", constant(1.0), further), further), inside, strict=True)
        ]
        whole = [op("Cast", place, to=7) for place in moved]
        return _Axis((whole[0], whole[1]), (shares[0], shares[1]), (inside[0], inside[1]), slope)


def _place(node: NodeContext, row: str, column: str, width: int) -> str:
    """Return indexes `[M, C, points]` into a flattened plane, equal for all channels."""
    single = node.op("Add", node.op("Mul", row, node.constant(width, np.int64)), column)
    channels = node.static_dim(_X, 1)
    return node.op("Expand", single, node.constant([1, channels, 1], np.int64))


def _to_map(node: NodeContext, arrived: str, across: _Axis, down: _Axis, places: list[list[str]]) -> str:
    height, width = node.static_dims(_X, slice(2, None))
    flat = node.constant([0, 0, height * width], np.int64)
    total = node.op("Reshape", node.zeros_like_input(_X), flat)
    for i in range(2):
        for j in range(2):
            share = node.op("Mul", down.shares[i], across.shares[j])
            values = node.op("Mul", arrived, share)
            total = node.op("ScatterElements", total, places[i][j], values, axis=2, reduction="add")
    return node.reshape_as_input(total, _X)


def _to_grid(node: NodeContext, arrived: str, across: _Axis, down: _Axis, places: list[list[str]]) -> str:
    height, width = node.static_dims(_X, slice(2, None))
    plane = node.op("Reshape", node.input_rows(_X), node.constant([0, 0, height * width], np.int64))
    seen = [
        [
            node.op("ReduceSum", node.op("Mul", arrived, value), node.constant([1], np.int64), keepdims=1)
            for value in (node.op("GatherElements", plane, place, axis=2) for place in line)
        ]
        for line in places
    ]
    parts = []
    for axis, other, values in (
        (across, down, list(zip(*seen, strict=True))),
        (down, across, seen),
    ):
        sums = [
            node.op("Mul", within, node.op("Sum", *(node.op("Mul", share, value) for share, value in pairs)))
            for within, pairs in (
                (axis.inside[k], list(zip(other.shares, values[k], strict=True))) for k in range(2)
            )
        ]
        parts.append(node.op("Mul", node.op("Sub", sums[1], sums[0]), axis.slope))
    joined = node.op("Concat", *parts, axis=1)
    turned = node.op("Transpose", joined, perm=[0, 2, 1])
    return node.reshape_as_input(turned, _GRID)


@rule("AffineGrid", per_image=True)
def affine_grid(node: NodeContext, cotangent: str) -> Cotangents:
    """`grid = theta (x, y, 1)` at every point: `dtheta = sum of dgrid (x, y, 1)`.

    In three dimensions with `(x, y, z, 1)`.
    """
    sizes = node.static_output_dims(slice(1, -1))
    aligned = bool(node.attribute("align_corners", 0))
    lines = [
        np.linspace(-1, 1, size) if aligned and size > 1 else (2 * np.arange(size) + 1) / size - 1
        for size in sizes
    ]
    axes = np.meshgrid(*lines, indexing="ij")[::-1]  # the last axis of the image is the first coordinate
    places = np.stack([*(axis.ravel() for axis in axes), np.ones(int(np.prod(sizes)))], axis=1)
    flat = node.op("Reshape", cotangent, node.constant([-1, len(places), len(sizes)], np.int64))
    turned = node.op("Transpose", flat, perm=[0, 2, 1])
    return node.op("MatMul", turned, node.constant(places)), None
