"""Rules of reductions along axes, and of softmax."""

from __future__ import annotations

import math

import numpy as np

from whylight.autodiff.node_context import NodeContext, same_rows
from whylight.autodiff.registry import Cotangents, rule
from whylight.graphs.graph_view import BatchMultiple


def _axes(node: NodeContext) -> list[int]:
    rank = node.info(0).rank
    axes = node.constants(1) if node.has_input(1) else node.attribute("axes")
    if axes:
        return sorted(axis % rank for axis in axes)
    return [] if node.attribute("noop_with_empty_axes", 0) else list(range(rank))


def _keeps_rows(node: NodeContext) -> bool:
    return 0 not in _axes(node) and node.info(0).rows_an_image == node.output_info().rows_an_image


def _kept(node: NodeContext, reduced: str) -> str:
    """Reshape a tensor of the output's shape so that reduced axes have length 1."""
    if node.attribute("keepdims", 1):
        return reduced
    axes = _axes(node)
    dims = [1 if axis in axes else dim for axis, dim in enumerate(node.info(0).shape)]
    target = [-1 if isinstance(dim, BatchMultiple) else dim for dim in dims]
    return node.op("Reshape", reduced, node.constant(target, np.int64))


@rule("ReduceSum", per_image=_keeps_rows)
def reduce_sum(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = sum x`: every element gets `dy`."""
    for axis in _axes(node):
        node.static_dim(0, axis)
    return (node.broadcast_rows(_kept(node, cotangent), 0),)


@rule("ReduceMean", per_image=_keeps_rows, local=True)
def reduce_mean(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = mean x`: every one of n elements gets `dy / n`."""
    count = math.prod(node.static_dim(0, axis) for axis in _axes(node))
    share = node.op("Mul", _kept(node, cotangent), node.constant(1.0 / count))
    return (node.broadcast_rows(share, 0),)


@rule("ReduceMax", "ReduceMin", per_image=_keeps_rows)
def reduce_extreme(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = max x` or min: `dy` goes to the largest, or smallest.

    Equal elements share it in equal parts, as in PyTorch's `amax`.
    """
    chosen = node.cast(node.op("Equal", node.input(0), _kept(node, node.output())))
    count = node.op("ReduceSum", chosen, node.constant(_axes(node), np.int64), keepdims=1)
    return (node.slope(_kept(node, cotangent), node.op("Div", chosen, count)),)


@rule("ReduceL1", per_image=_keeps_rows)
def reduce_l1(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = sum |x|`: `dx = dy * sign(x)`."""
    return (node.slope(_kept(node, cotangent), node.op("Sign", node.input(0))),)


@rule("ReduceL2", per_image=_keeps_rows)
def reduce_l2(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = sqrt(sum x^2)`: `dx = dy * x / y`.

    0 where all x are 0, as in PyTorch's norms.
    """
    norm = _kept(node, node.output())
    zero = node.op("Equal", norm, node.constant(0.0))
    slope = node.op("Div", node.input(0), node.op("Where", zero, node.constant(1.0), norm))
    return (node.slope(_kept(node, cotangent), slope),)


@rule("ReduceSumSquare", per_image=_keeps_rows)
def reduce_sum_square(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = sum x^2`: `dx = dy * 2 x`."""
    slope = node.op("Mul", node.input(0), node.constant(2.0))
    return (node.slope(_kept(node, cotangent), slope),)


@rule("ReduceLogSum", per_image=_keeps_rows)
def reduce_log_sum(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = log(sum x)`: `dx = dy / sum x`."""
    slope = node.op("Exp", node.op("Neg", node.output()))
    return (node.broadcast_rows(node.op("Mul", _kept(node, cotangent), _kept(node, node.rows(slope))), 0),)


@rule("ReduceLogSumExp", per_image=_keeps_rows)
def reduce_log_sum_exp(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = log(sum e^x)`: `dx = dy * e^(x - y)`."""
    slope = node.op("Exp", node.op("Sub", node.input(0), _kept(node, node.output())))
    return (node.slope(_kept(node, cotangent), slope),)


@rule("ReduceProd", per_image=_keeps_rows)
def reduce_prod(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = product of x`: `dx = dy * (product of the others)`, correct for zeros."""
    one, axes = node.constant(1.0), node.constant(_axes(node), np.int64)
    zero = node.op("Equal", node.input(0), node.constant(0.0))
    safe = node.op("Where", zero, one, node.input(0))
    count = node.op("ReduceSum", node.cast(zero), axes, keepdims=1)
    # The others have no zero: there is none, or this very element is the only one.
    free = node.cast(node.op("Equal", count, node.cast(zero)))
    whole = node.op("ReduceProd", safe, axes, keepdims=1)
    slope = node.op("Mul", node.op("Div", whole, safe), free)
    return (node.slope(_kept(node, cotangent), slope),)


def _along_axis(node: NodeContext) -> bool:
    return node.axis(-1) != 0 and same_rows(node)


@rule("Softmax", per_image=_along_axis)
def softmax(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = e^x / sum e^x`: `dx = y * (dy - sum(dy * y))`."""
    y = node.rows(node.output())
    product = node.op("Mul", cotangent, y)
    total = _sum_along(node, product)
    return (node.op("Sub", product, node.op("Mul", y, total)),)


@rule("LogSoftmax", per_image=_along_axis)
def log_softmax(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x - log(sum e^x)`: `dx = dy - e^y * sum dy`."""
    shares = node.op("Exp", node.output())
    return (node.op("Sub", cotangent, node.slope(_sum_along(node, cotangent), shares)),)


def _sum_along(node: NodeContext, tensor: str) -> str:
    return node.op("ReduceSum", tensor, node.constant([node.axis(-1)], np.int64), keepdims=1)
