"""Rules of functions of one tensor, element by element: `dx = dy * f'(x)`."""

from __future__ import annotations

import math

from whylight.autodiff.node_context import NodeContext
from whylight.autodiff.registry import Cotangents, rule


@rule("Neg", per_image=True, local=True)
def neg(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = -x`: `dx = -dy`."""
    return (node.op("Neg", cotangent),)


@rule("Abs", per_image=True, local=True)
def absolute(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = |x|`: `dx = dy * sign(x)`, 0 at 0."""
    return (node.slope(cotangent, node.op("Sign", node.input(0))),)


@rule("Sqrt", per_image=True, local=True)
def sqrt(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = sqrt(x)`: `dx = dy / (2 y)`."""
    return (node.slope(cotangent, node.op("Div", node.constant(0.5), node.output())),)


@rule("Reciprocal", per_image=True)
def reciprocal(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = 1 / x`: `dx = -dy * y^2`."""
    y = node.output()
    return (node.slope(cotangent, node.op("Neg", node.op("Mul", y, y))),)


@rule("Exp", per_image=True, local=True)
def exp(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = e^x`: `dx = dy * y`."""
    return (node.slope(cotangent, node.output()),)


@rule("Log", per_image=True, local=True)
def log(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = log x`: `dx = dy / x`."""
    return (node.op("Div", cotangent, node.input_rows(0)),)


@rule("Sin", per_image=True)
def sin(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = sin x`: `dx = dy * cos x`."""
    return (node.slope(cotangent, node.op("Cos", node.input(0))),)


@rule("Cos", per_image=True)
def cos(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = cos x`: `dx = -dy * sin x`."""
    return (node.slope(cotangent, node.op("Neg", node.op("Sin", node.input(0)))),)


@rule("Erf", per_image=True, local=True)
def erf(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = erf x`: `dx = dy * 2 / sqrt(pi) * e^(-x^2)`."""
    x = node.input(0)
    bell = node.op("Exp", node.op("Neg", node.op("Mul", x, x)))
    return (node.slope(cotangent, node.op("Mul", bell, node.constant(2 / math.sqrt(math.pi)))),)


@rule("Tanh", per_image=True, pointwise=True)
def tanh(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = tanh x`: `dx = dy * (1 - y^2)`."""
    y = node.output()
    return (node.slope(cotangent, node.op("Sub", node.constant(1.0), node.op("Mul", y, y))),)


@rule("Sigmoid", per_image=True, pointwise=True)
def sigmoid(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = 1 / (1 + e^-x)`: `dx = dy * y * (1 - y)`."""
    y = node.output()
    return (node.slope(cotangent, node.op("Mul", y, node.op("Sub", node.constant(1.0), y))),)


@rule("Floor", "Ceil", "Round", "Sign", per_image=True)
def zero_gradient(_node: NodeContext, _cotangent: str) -> Cotangents:
    """Constant but for jumps: the derivative is 0 wherever there is one."""
    return (None,)
