"""Rules of quantisation, by the straight-through estimator.

Rounding has no slope, so it is passed straight through: what rounding does is taken for noise, and the slope
of what it approximates is used (Bengio, Léonard and Courville, *Estimating or propagating gradients through
stochastic neurons*, arXiv:1308.3432, 2013). Clipping is differentiated as it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whylight.autodiff.node_context import NodeContext
from whylight.autodiff.registry import Cotangents, rule


@rule("QuantizeLinear", per_image=True, local=True)
def quantize(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = clip(round(x / scale) + zero)`: `dx = dy / scale` where nothing is clipped."""
    scale = _channelwise(node, 1)
    zero = _channelwise(node, 2)
    bounds = np.iinfo(node.output_info().dtype.name)
    x = node.input(0)
    above = node.op("GreaterOrEqual", x, node.constant((bounds.min - zero - 0.5) * scale))
    below = node.op("LessOrEqual", x, node.constant((bounds.max - zero + 0.5) * scale))
    inside = node.cast(node.op("And", above, below))
    return (node.slope(cotangent, node.op("Div", inside, node.constant(scale))),)


@rule("DequantizeLinear", per_image=True, local=True)
def dequantize(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = (x - zero) * scale`: `dx = scale dy`."""
    return (node.op("Mul", cotangent, node.constant(_channelwise(node, 1))),)


def _channelwise(node: NodeContext, index: int) -> NDArray[np.float64]:
    """Return a scale or zero point in a shape that broadcasts; 0 if left out."""
    if not node.has_input(index):
        return np.zeros(())
    value = node.constant_input(index)
    if value is None or value.ndim > 1:
        raise node.unsupported("its scale is not one constant, nor one a channel")
    numbers = value.astype(np.float64)
    if numbers.size == 1:
        return numbers.reshape(())
    return numbers.reshape([-1 if axis == node.axis(1) else 1 for axis in range(node.info(0).rank)])
