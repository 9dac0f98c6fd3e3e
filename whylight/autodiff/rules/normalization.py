"""Rules of normalisation layers."""

from __future__ import annotations

import numpy as np

from whylight.autodiff.node_context import NodeContext, same_rows
from whylight.autodiff.registry import Cotangents, rule


@rule("BatchNormalization", per_image=True, pointwise=True)
def batch_normalization(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = scale (x - mean) / sigma + bias` per channel: `dx = dy scale / sigma`.

    `sigma = sqrt(var + eps)`.

    At inference mean and variance are constants (Ioffe and Szegedy, 2015).
    """
    if node.attribute("training_mode", 0):
        raise node.unsupported("it is in training mode; export the model in evaluation mode")
    scale, variance = node.constant_input(1), node.constant_input(4)
    if scale is None or variance is None:
        raise node.unsupported("its scale or variance is computed in the graph; expected constants")
    epsilon = node.attribute("epsilon", 1e-5)
    slope = scale.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    spatial = (1,) * (node.info(0).rank - 2)
    return (node.op("Mul", cotangent, node.constant(slope.reshape(-1, *spatial))),)


@rule("LayerNormalization", per_image=lambda node: node.axis(-1) != 0 and same_rows(node), local=True)
def layer_normalization(node: NodeContext, cotangent: str) -> Cotangents:
    """Normalisation over the last axes, then scale and shift (Ba et al., 2016)."""
    axes = list(range(node.axis(-1), node.info(0).rank))
    standard, inverse = _standardised(node, node.input(0), axes)
    d_scale = None
    if node.is_active(1):
        d_scale = node.sum_to(node.slope(cotangent, standard), 1)
    d_bias = node.sum_to(cotangent, 2) if node.is_active(2) else None
    scaled = node.op("Mul", cotangent, node.input_rows(1))
    return _through(node, scaled, node.rows(standard), node.rows(inverse), axes), d_scale, d_bias


@rule("RMSNormalization", per_image=lambda node: node.axis(-1) != 0 and same_rows(node))
def rms_normalization(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = scale x / rms` over the last axes (Zhang and Sennrich, 2019).

    With `x' = x / rms`: `dx = (g - x' mean(g x')) / rms`, `g = dy * scale`.
    """
    axes = node.constant(list(range(node.axis(-1), node.info(0).rank)), np.int64)
    x = node.input(0)
    inverse = _inverse_root(node, node.op("ReduceMean", node.op("Mul", x, x), axes, keepdims=1))
    standard = node.rows(node.op("Mul", x, inverse))
    scaled = node.op("Mul", cotangent, node.input_rows(1))
    share = node.op("ReduceMean", node.op("Mul", scaled, standard), axes, keepdims=1)
    rest = node.op("Sub", scaled, node.op("Mul", standard, share))
    return (node.op("Mul", rest, node.rows(inverse)),)


@rule("InstanceNormalization", per_image=same_rows, local=True)
def instance_normalization(node: NodeContext, cotangent: str) -> Cotangents:
    """Normalisation over space for each channel (Ulyanov et al., 2016)."""
    rank = node.info(0).rank
    axes = list(range(2, rank))
    scale = _constant_scale(node).reshape(-1, *(1,) * (rank - 2))
    standard, inverse = _standardised(node, node.input(0), axes)
    scaled = node.op("Mul", cotangent, node.constant(scale))
    return (_through(node, scaled, node.rows(standard), node.rows(inverse), axes),)


@rule("GroupNormalization", per_image=same_rows, local=True)
def group_normalization(node: NodeContext, cotangent: str) -> Cotangents:
    """Normalisation over groups of channels and space (Wu and He, 2018).

    The scale is one a channel, or one a group as operator set 18 had it.
    """
    dims = node.static_dims(0, slice(1, None))
    groups = int(node.attribute("num_groups"))
    scale = _constant_scale(node)
    scale = np.repeat(scale, dims[0] // len(scale)).reshape(-1, *(1,) * (len(dims) - 1))
    grouped = node.constant([-1, groups, int(np.prod(dims)) // groups], np.int64)
    standard, inverse = _standardised(node, node.op("Reshape", node.input(0), grouped), [2])
    scaled = node.op("Reshape", node.op("Mul", cotangent, node.constant(scale)), grouped)
    through = _through(node, scaled, node.rows(standard), node.rows(inverse), [2])
    return (node.reshape_as_input(through, 0),)


@rule("LpNormalization", per_image=lambda node: node.axis(-1) != 0 and same_rows(node))
def lp_normalization(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x / |x|_p` along an axis, p being 1 or 2.

    `dx = (dy - sum(dy y) d|x| / dx) / |x|`, and 0 where all x are 0.
    """
    axis = node.constant([node.axis(-1)], np.int64)
    x, power = node.input(0), node.attribute("p", 2)
    norm = node.op("ReduceL2" if power == 2 else "ReduceL1", x, axis, keepdims=1)
    direction = node.output() if power == 2 else node.op("Sign", x)
    product = node.op("Mul", cotangent, node.rows(node.output()))
    total = node.op("ReduceSum", product, axis, keepdims=1)
    rest = node.op("Sub", cotangent, node.op("Mul", total, node.rows(direction)))
    zero = node.op("Equal", norm, node.constant(0.0))
    safe = node.op("Where", zero, node.constant(1.0), norm)
    inverse = node.op("Div", node.op("Where", zero, node.constant(0.0), node.constant(1.0)), safe)
    return (node.slope(rest, inverse),)


@rule("LRN", per_image=same_rows, local=True)
def local_response_normalization(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x / s^beta`, `s = bias + alpha / size * B x^2`, B a band matrix.

    B sums over neighbouring channels.

    `dx = dy s^-beta - 2 alpha beta / size * x * B^T (dy x s^(-beta-1))` (Krizhevsky et al., 2012).
    """
    channels, size = node.static_dim(0, 1), int(node.attribute("size"))
    beta, alpha = node.attribute("beta", 0.75), node.attribute("alpha", 1e-4)
    offset = np.arange(channels)[None] - np.arange(channels)[:, None]
    band = (offset >= -((size - 1) // 2)) & (offset <= size // 2)
    flat = node.constant([-1, channels, int(np.prod(node.static_dims(0, slice(2, None))))], np.int64)
    x = node.op("Reshape", node.input(0), flat)
    near = node.op("MatMul", node.constant(band), node.op("Mul", x, x))
    scaled = node.op("Mul", near, node.constant(alpha / size))
    s = node.op("Add", scaled, node.constant(node.attribute("bias", 1.0)))
    slope = node.op("Pow", s, node.constant(-beta))
    given = node.op("Reshape", cotangent, flat)
    weighted = node.slope(given, node.op("Div", node.op("Mul", x, slope), s))
    spread = node.op("MatMul", node.constant(band.T * (2 * alpha * beta / size)), weighted)
    result = node.op("Sub", node.slope(given, slope), node.slope(spread, x))
    return (node.reshape_as_input(result, 0),)


def _standardised(node: NodeContext, x: str, axes: list[int]) -> tuple[str, str]:
    """Return `(x - mean) / sqrt(var + eps)` over the axes, and its second factor."""
    over = node.constant(axes, np.int64)
    centred = node.op("Sub", x, node.op("ReduceMean", x, over, keepdims=1))
    variance = node.op("ReduceMean", node.op("Mul", centred, centred), over, keepdims=1)
    inverse = _inverse_root(node, variance)
    return node.op("Mul", centred, inverse), inverse


def _inverse_root(node: NodeContext, variance: str) -> str:
    shifted = node.op("Add", variance, node.constant(node.attribute("epsilon", 1e-5)))
    return node.op("Reciprocal", node.op("Sqrt", shifted))


def _through(node: NodeContext, scaled: str, standard: str, inverse: str, axes: list[int]) -> str:
    """Return the cotangent of x for a normalisation `x' = (x - mean) / sigma`.

    `dx = (g - mean(g) - x' mean(g x')) / sigma`, `g` being the cotangent of x'.
    """
    over = node.constant(axes, np.int64)
    level = node.op("ReduceMean", scaled, over, keepdims=1)
    share = node.op("ReduceMean", node.op("Mul", scaled, standard), over, keepdims=1)
    rest = node.op("Sub", node.op("Sub", scaled, level), node.op("Mul", standard, share))
    return node.op("Mul", rest, inverse)


def _constant_scale(node: NodeContext) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    scale = node.constant_input(1)
    if scale is None:
        raise node.unsupported("its scale is computed in the graph; expected a constant")
    return scale.astype(np.float64)
