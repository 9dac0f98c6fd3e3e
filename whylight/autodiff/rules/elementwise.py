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
    """`y = sqrt(x)`: `dx = dy / (2 y)`; 0 at 0.

    PyTorch's square root has an infinite slope there, but its norms and standard deviations, which exporters
    write with one, have none.
    """
    zero = node.op("Equal", node.output(), node.constant(0.0))
    half = node.op("Where", zero, node.constant(0.0), node.constant(0.5))
    safe = node.op("Where", zero, node.constant(1.0), node.output())
    return (node.slope(cotangent, node.op("Div", half, safe)),)


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


@rule("Tan", per_image=True)
def tan(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = tan x`: `dx = dy * (1 + y^2)`."""
    y = node.output()
    return (node.slope(cotangent, node.op("Add", node.constant(1.0), node.op("Mul", y, y))),)


@rule("Asin", per_image=True)
def asin(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = arcsin x`: `dx = dy / sqrt(1 - x^2)`."""
    return (node.op("Div", cotangent, node.rows(_root_of_square(node, -1.0, 1.0))),)


@rule("Acos", per_image=True)
def acos(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = arccos x`: `dx = -dy / sqrt(1 - x^2)`."""
    return (node.op("Neg", node.op("Div", cotangent, node.rows(_root_of_square(node, -1.0, 1.0)))),)


@rule("Atan", per_image=True)
def atan(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = arctan x`: `dx = dy / (1 + x^2)`."""
    return (node.op("Div", cotangent, node.rows(_square_and(node, 1.0, 1.0))),)


@rule("Sinh", per_image=True)
def sinh(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = sinh x`: `dx = dy * cosh x`."""
    return (node.slope(cotangent, node.op("Cosh", node.input(0))),)


@rule("Cosh", per_image=True)
def cosh(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = cosh x`: `dx = dy * sinh x`."""
    return (node.slope(cotangent, node.op("Sinh", node.input(0))),)


@rule("Asinh", per_image=True)
def asinh(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = arsinh x`: `dx = dy / sqrt(x^2 + 1)`."""
    return (node.op("Div", cotangent, node.rows(_root_of_square(node, 1.0, 1.0))),)


@rule("Acosh", per_image=True)
def acosh(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = arcosh x`: `dx = dy / sqrt(x^2 - 1)`."""
    return (node.op("Div", cotangent, node.rows(_root_of_square(node, 1.0, -1.0))),)


@rule("Atanh", per_image=True)
def atanh(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = artanh x`: `dx = dy / (1 - x^2)`."""
    return (node.op("Div", cotangent, node.rows(_square_and(node, -1.0, 1.0))),)


def _square_and(node: NodeContext, factor: float, offset: float) -> str:
    """Return `factor x^2 + offset`."""
    x = node.input(0)
    square = node.op("Mul", node.op("Mul", x, x), node.constant(factor))
    return node.op("Add", square, node.constant(offset))


def _root_of_square(node: NodeContext, factor: float, offset: float) -> str:
    """Return `sqrt(factor x^2 + offset)`."""
    return node.op("Sqrt", _square_and(node, factor, offset))


@rule("Floor", "Ceil", "Round", "Sign", per_image=True)
def zero_gradient(_node: NodeContext, _cotangent: str) -> Cotangents:
    """Piecewise constant function: `dx = 0`."""
    return (None,)
