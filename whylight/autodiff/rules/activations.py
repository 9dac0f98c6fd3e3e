"""Rules of activation functions: `dx = dy * f'(x)`, as in PyTorch at kinks."""

from __future__ import annotations

import math

from whylight.autodiff.node_context import NodeContext
from whylight.autodiff.registry import Cotangents, rule


@rule("Relu", per_image=True, pointwise=True)
def relu(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = max(x, 0)`: `dx = dy * (x > 0)`; the subgradient at 0 is 0."""
    return (node.slope(cotangent, node.cast(_above(node, node.input(0), 0.0))),)


@rule("LeakyRelu", per_image=True, pointwise=True)
def leaky_relu(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x` above 0, `alpha x` below (Maas et al., 2013)."""
    alpha = node.constant(node.attribute("alpha", 0.01))
    return (node.slope(cotangent, _either(node, node.constant(1.0), alpha)),)


@rule("PRelu", per_image=True, local=True)
def prelu(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x` above 0, `slope x` below (He et al., 2015)."""
    d_x = node.sum_to(node.slope(cotangent, _either(node, node.constant(1.0), node.input(1))), 0)
    if not node.is_active(1):
        return d_x, None
    negative = node.op("Min", node.input(0), node.constant(0.0))
    return d_x, node.sum_to(node.slope(cotangent, negative), 1)


@rule("ThresholdedRelu", per_image=True, pointwise=True)
def thresholded_relu(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x` above alpha, else 0."""
    return (node.slope(cotangent, node.cast(_above(node, node.input(0), node.attribute("alpha", 1.0)))),)


@rule("Clip", per_image=True, pointwise=True)
def clip(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x` between the bounds (ReLU6): `dx = dy` strictly inside, else 0.

    PyTorch's `relu6` has the same slopes at its kinks.
    """
    inside = None
    for index, comparison in ((1, "Greater"), (2, "Less")):
        if node.has_input(index):
            mask = node.cast(node.op(comparison, node.input(0), node.input(index)))
            inside = mask if inside is None else node.op("Mul", inside, mask)
    return (cotangent if inside is None else node.slope(cotangent, inside),)


@rule("Elu", per_image=True, pointwise=True)
def elu(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x` above 0, `alpha (e^x - 1)` below: slope `y + alpha` there.

    Clevert et al., 2015.
    """
    below = node.op("Add", node.output(), node.constant(node.attribute("alpha", 1.0)))
    return (node.slope(cotangent, _either(node, node.constant(1.0), below)),)


@rule("Selu", per_image=True, pointwise=True)
def selu(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = gamma x` above 0, `gamma alpha (e^x - 1)` below (Klambauer et al., 2017)."""
    alpha = node.attribute("alpha", 1.6732631921768188)
    gamma = node.attribute("gamma", 1.0507010221481323)
    below = node.op("Add", node.output(), node.constant(alpha * gamma))
    return (node.slope(cotangent, _either(node, node.constant(gamma), below)),)


@rule("Celu", per_image=True, pointwise=True)
def celu(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x` above 0, `alpha (e^(x / alpha) - 1)` below: slope `y / alpha + 1` there.

    Barron, 2017.
    """
    scaled = node.op("Div", node.output(), node.constant(node.attribute("alpha", 1.0)))
    below = node.op("Add", scaled, node.constant(1.0))
    return (node.slope(cotangent, _either(node, node.constant(1.0), below)),)


@rule("Softplus", per_image=True, pointwise=True)
def softplus(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = log(1 + e^x)`: `dx = dy * sigmoid(x)`."""
    return (node.slope(cotangent, node.op("Sigmoid", node.input(0))),)


@rule("Softsign", per_image=True, pointwise=True)
def softsign(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x / (1 + |x|)`: `dx = dy * (1 - |y|)^2`."""
    rest = node.op("Sub", node.constant(1.0), node.op("Abs", node.output()))
    return (node.slope(cotangent, node.op("Mul", rest, rest)),)


@rule("HardSigmoid", per_image=True, pointwise=True)
def hard_sigmoid(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = alpha x + beta`, cut to 0..1: slope alpha strictly inside."""
    y = node.output()
    inside = node.op("And", _above(node, y, 0.0), node.op("Less", y, node.constant(1.0)))
    slope = node.op("Mul", node.cast(inside), node.constant(node.attribute("alpha", 0.2)))
    return (node.slope(cotangent, slope),)


@rule("HardSwish", per_image=True, pointwise=True)
def hard_swish(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x * min(max(x / 6 + 1/2, 0), 1)`.

    The slope is 0 below -3, `x / 3 + 1/2` up to 3, and 1 above.
    """
    x = node.input(0)
    between = node.op("Add", node.op("Mul", x, node.constant(1 / 3)), node.constant(0.5))
    upper = node.op("Where", _above(node, x, 3.0), node.constant(1.0), between)
    return (node.slope(cotangent, node.op("Where", _above(node, x, -3.0), upper, node.constant(0.0))),)


@rule("Mish", per_image=True, pointwise=True)
def mish(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x t` with `t = tanh(softplus(x))`: slope `t + x sigmoid(x) (1 - t^2)`.

    Misra, 2019.
    """
    x, one = node.input(0), node.constant(1.0)
    t = node.op("Tanh", node.op("Softplus", x))
    gate = node.op("Mul", x, node.op("Sigmoid", x))
    rest = node.op("Mul", gate, node.op("Sub", one, node.op("Mul", t, t)))
    return (node.slope(cotangent, node.op("Add", t, rest)),)


@rule("Gelu", per_image=True, pointwise=True)
def gelu(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x Phi(x)`: slope `Phi(x) + x phi(x)`; or its tanh approximation.

    Hendrycks and Gimpel, 2016.
    """
    if node.attribute("approximate", "none") == "tanh":
        return (node.slope(cotangent, _gelu_tanh_slope(node)),)
    x = node.input(0)
    scaled = node.op("Mul", x, node.constant(math.sqrt(0.5)))
    cumulative = _half_above(node, node.op("Erf", scaled))
    bell = node.op("Exp", node.op("Neg", node.op("Mul", scaled, scaled)))
    density = node.op("Mul", bell, node.constant(1 / math.sqrt(2 * math.pi)))
    return (node.slope(cotangent, node.op("Add", cumulative, node.op("Mul", x, density))),)


def _gelu_tanh_slope(node: NodeContext) -> str:
    """Return the slope of `y = x (1 + t) / 2`, `t = tanh(c (x + d x^3))`.

    It is `(1 + t) / 2 + x (1 - t^2) c (1 + 3 d x^2) / 2`.
    """
    c, d = math.sqrt(2 / math.pi), 0.044715
    x, one = node.input(0), node.constant(1.0)
    square = node.op("Mul", x, x)
    stretch = node.op("Add", one, node.op("Mul", square, node.constant(d)))
    t = node.op("Tanh", node.op("Mul", node.op("Mul", x, node.constant(c)), stretch))
    inner = node.op("Add", node.constant(c / 2), node.op("Mul", square, node.constant(1.5 * c * d)))
    fall = node.op("Mul", node.op("Sub", one, node.op("Mul", t, t)), inner)
    return node.op("Add", _half_above(node, t), node.op("Mul", x, fall))


def _half_above(node: NodeContext, value: str) -> str:
    """Return `(1 + value) / 2`."""
    half = node.constant(0.5)
    return node.op("Add", node.op("Mul", value, half), half)


def _above(node: NodeContext, tensor: str, bound: float) -> str:
    return node.op("Greater", tensor, node.constant(bound))


def _either(node: NodeContext, above: str, below: str) -> str:
    """Return one slope where the input is above 0, another elsewhere."""
    return node.op("Where", _above(node, node.input(0), 0.0), above, below)
