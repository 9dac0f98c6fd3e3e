"""Rules of pooling layers."""

from __future__ import annotations

import math

import numpy as np

from whylight.autodiff.node_context import NodeContext, batch_first
from whylight.autodiff.registry import Cotangents, rule
from whylight.autodiff.rules.sliding_windows import linear_map_along_axis, pooling_matrix, windows


@rule("GlobalAveragePool", per_image=True)
def global_average_pool(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = mean of x over space`: `dx = dy / (h w)`."""
    count = math.prod(node.static_dims(0, slice(2, None)))
    return (node.broadcast_rows(node.op("Mul", cotangent, node.constant(1.0 / count)), 0),)


@rule("AveragePool", per_image=True, local=True)
def average_pool(node: NodeContext, cotangent: str) -> Cotangents:
    """Average over windows, linear along each spatial axis: `dx = P_h^T dy P_w`.

    `P_h [oh, h]` holds 1 / (number of elements that count) inside each window. The count of a
    window in the plane is the product of the counts along its axes, so the map is separable for
    any stride, padding, dilation and rounding.
    """
    spatial = node.static_dims(0, slice(2, None))
    out = node.static_output_dims(slice(2, None))
    count_padding = bool(node.attribute("count_include_pad", 0))
    for place, window in enumerate(windows(node, node.attribute("kernel_shape"), spatial, out)):
        matrix = pooling_matrix(window, spatial[place], out[place], count_padding=count_padding)
        cotangent = linear_map_along_axis(node, cotangent, 2 + place, matrix.T)
    return (cotangent,)


@rule("MaxPool", per_image=batch_first, local=True)
def max_pool(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = max over windows`: `dy` goes to the maximum, the first of equal ones."""
    names = ("kernel_shape", "strides", "pads", "dilations", "auto_pad", "ceil_mode")
    return (_to_maxima(node, cotangent, {name: node.attribute(name) for name in names}),)


@rule("GlobalMaxPool", per_image=batch_first)
def global_max_pool(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = max of x over space`: one window as large as the plane."""
    return (_to_maxima(node, cotangent, {"kernel_shape": node.static_dims(0, slice(2, None))}),)


def _to_maxima(node: NodeContext, cotangent: str, attributes: dict[str, object]) -> str:
    size = math.prod(node.static_dims(0, slice(1, None)))
    flat = node.constant([-1, math.prod(node.static_output_dims(slice(1, None)))], np.int64)
    _, indices = node.ops("MaxPool", node.input(0), outputs=2, **attributes)
    # The runtime's indices count through the whole batch; the rest of the division is the place in a row.
    places = node.op("Mod", node.op("Reshape", indices, flat), node.constant(size, np.int64))
    zeros = node.op("Reshape", node.zeros_like_input(0), node.constant([-1, size], np.int64))
    values = node.op("Reshape", cotangent, flat)
    # Overlapping windows may share a maximum: their cotangents add up.
    scattered = node.op("ScatterElements", zeros, node.rows(places), values, axis=1, reduction="add")
    return node.reshape_as_input(scattered, 0)
