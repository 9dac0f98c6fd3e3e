"""Rules of pooling layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.autodiff.context import NodeContext
from explain.autodiff.registry import Cotangents, rule


@rule("GlobalAveragePool", per_image=True)
def global_average_pool(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = mean of x over space`: every place gets `dy / (h w)`."""
    spatial = node.static_dims(0, slice(2, None))
    share = node.op("Mul", cotangent, node.constant(1.0 / math.prod(spatial)))
    return (node.op("Expand", share, node.constant([1, 1, *spatial], np.int64)),)


@rule("AveragePool", per_image=True)
def average_pool(node: NodeContext, cotangent: str) -> Cotangents:
    """Average over windows, a constant linear map along each spatial axis: `dx = P_h^T dy P_w`.

    `P_h [oh, h]` holds 1 / (number of elements that count) inside each window. The count of a
    window in the plane is the product of the counts along its axes, so the map is separable for
    any stride, padding, dilation and rounding.
    """
    spatial = node.static_dims(0, slice(2, None))
    if len(spatial) != 2:
        raise node.unsupported(f"{len(spatial)} spatial dimensions; expected 2")
    out = tuple(dim for dim in node.output_info().shape[2:] if isinstance(dim, int))
    rows, columns = (
        pooling_matrix(axis, size, made)
        for axis, size, made in zip(_axes(node, spatial, out), spatial, out, strict=True)
    )
    wide = node.op("MatMul", cotangent, node.constant(columns))
    return (node.op("MatMul", node.constant(rows.T), wide),)


@rule("MaxPool", per_image=True)
def max_pool(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = max over windows`: `dy` goes to the place of the maximum, the first of several equals."""
    names = ("kernel_shape", "strides", "pads", "dilations", "auto_pad", "ceil_mode")
    attributes = {name: node.attribute(name) for name in names}
    x = node.input_rows(0)
    # Indices count through the whole input, batch included, so they are taken with one row a score.
    _, indices = node.ops("MaxPool", x, outputs=2, **attributes)
    flat = node.constant([-1], np.int64)
    zeros = node.op("ConstantOfShape", node.op("Reshape", node.op("Size", x), flat))
    places, values = node.op("Reshape", indices, flat), node.op("Reshape", cotangent, flat)
    # Overlapping windows may share a maximum: their cotangents add up.
    scattered = node.op("ScatterElements", zeros, places, values, axis=0, reduction="add")
    return (node.reshape_as_input(scattered, 0),)


@dataclass(frozen=True, slots=True)
class PoolAxis:
    """A pooling window along one spatial axis, in elements."""

    kernel: int
    stride: int
    dilation: int
    pad_begin: int
    pad_end: int
    count_padding: bool


def pooling_matrix(axis: PoolAxis, size: int, out: int) -> NDArray[np.float64]:
    """The average pooling of `size` elements to `out` as a matrix `[out, size]`.

    With `count_padding`, padded elements count in the denominator, but those beyond the padding,
    which rounding up can reach, do not (as PyTorch and ONNX define it).
    """
    matrix = np.zeros((out, size))
    for window in range(out):
        start = window * axis.stride - axis.pad_begin
        places = [start + step * axis.dilation for step in range(axis.kernel)]
        inside = [place for place in places if 0 <= place < size]
        counted = [place for place in places if place < size + axis.pad_end] if axis.count_padding else inside
        matrix[window, inside] = 1.0 / len(counted)
    return matrix


def _axes(node: NodeContext, spatial: Sequence[int], out: Sequence[int]) -> list[PoolAxis]:
    """The window along each axis, with `auto_pad` resolved as the ONNX operator defines it."""
    rank = len(spatial)
    kernel = node.attribute("kernel_shape")
    strides = node.attribute("strides", [1] * rank)
    dilations = node.attribute("dilations", [1] * rank)
    pads = list(node.attribute("pads", [0] * (2 * rank)))
    auto_pad = node.attribute("auto_pad", "NOTSET")
    if auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        for i in range(rank):
            reach = (out[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1
            total = max(reach - spatial[i], 0)
            less, more = total // 2, total - total // 2
            pads[i], pads[rank + i] = (less, more) if auto_pad == "SAME_UPPER" else (more, less)
    elif auto_pad == "VALID":
        pads = [0] * (2 * rank)
    count = bool(node.attribute("count_include_pad", 0))
    return [
        PoolAxis(kernel[i], strides[i], dilations[i], pads[i], pads[rank + i], count) for i in range(rank)
    ]
