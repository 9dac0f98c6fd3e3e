"""Rules of arithmetic between tensors, element by element, with broadcasting."""

from __future__ import annotations

from onnx import TensorProto

from whylight.autodiff.node_context import NodeContext
from whylight.autodiff.registry import Cotangents, rule


@rule("Add", per_image=True, local=True)
def add(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = a + b`: `da = dy`, `db = dy`."""
    return node.sum_to(cotangent, 0), node.sum_to(cotangent, 1)


@rule("Sub", per_image=True, local=True)
def sub(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = a - b`: `da = dy`, `db = -dy`."""
    negative = node.op("Neg", cotangent) if node.is_active(1) else cotangent
    return node.sum_to(cotangent, 0), node.sum_to(negative, 1)


@rule("Mul", per_image=True, local=True)
def mul(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = a * b`: `da = dy * b`, `db = dy * a`."""

    def factor(index: int, other: int) -> str | None:
        if not node.is_active(index):
            return None
        return node.sum_to(node.op("Mul", cotangent, node.input_rows(other)), index)

    return factor(0, 1), factor(1, 0)


@rule("Div", per_image=True, local=True)
def div(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = a / b`: `da = dy / b`, `db = -dy * y / b`."""
    quotient = node.op("Div", cotangent, node.input_rows(1))
    d_b = None
    if node.is_active(1):
        product = node.op("Mul", quotient, node.rows(node.output()))
        d_b = node.sum_to(node.op("Neg", product), 1)
    return node.sum_to(quotient, 0), d_b


@rule("Pow", per_image=True, local=True)
def power(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = a ^ b`: `da = dy * b * a^(b-1)`, `db = dy * y * log a`.

    At `a = 0` a root's slope is 0, as that of `Sqrt`, and so is the slope to the exponent.
    """
    d_a = d_b = None
    base, exponents = node.input(0), node.constant_input(1)
    if exponents is None or bool((exponents.astype("float64") < 1).any()) or node.is_active(1):
        zero = node.op("Equal", base, node.constant(0.0))
        base = node.op("Where", zero, node.constant(1.0), base)
    else:
        zero = ""
    if node.is_active(0):
        exponent = node.op("Cast", node.input(1), to=TensorProto.FLOAT)
        one = node.constant(1.0)
        lowered = node.op("Pow", base, node.op("Sub", exponent, one))
        if zero:  # there, b a^(b-1) is 1 for b = 1 and 0 for all larger b
            at_zero = node.cast(node.op("Equal", exponent, one))
            lowered = node.op("Where", zero, at_zero, lowered)
        d_a = node.sum_to(node.slope(cotangent, node.op("Mul", exponent, lowered)), 0)
    if node.is_active(1):
        slope = node.op("Mul", node.output(), node.op("Log", base))
        d_b = node.sum_to(node.slope(cotangent, slope), 1)
    return d_a, d_b


@rule("Sum", per_image=True)
def sum_(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = a + b + ...`: every term gets `dy`."""
    return tuple(node.sum_to(cotangent, index) for index in range(len(node.node.input)))


@rule("Mean", per_image=True)
def mean(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = (a + b + ...) / n`: every term gets `dy / n`."""
    count = len(node.node.input)
    share = node.op("Mul", cotangent, node.constant(1.0 / count))
    return tuple(node.sum_to(share, index) for index in range(count))


@rule("Max", "Min", per_image=True, local=True)
def min_max(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = max(a, b, ...)` or min: `dy` goes to the largest, or smallest.

    Equal inputs share it in equal parts, as in PyTorch.
    """
    y = node.output()
    chosen = [node.cast(node.op("Equal", node.input(i), y)) for i in range(len(node.node.input))]
    count = node.op("Sum", *chosen) if len(chosen) > 1 else chosen[0]
    share = node.op("Div", cotangent, node.rows(count))
    return tuple(
        node.sum_to(node.slope(share, mask), index) if node.is_active(index) else None
        for index, mask in enumerate(chosen)
    )


@rule("Where", per_image=True)
def where(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = a where the condition holds, else b`: `dy` goes to the one that was taken."""
    condition, zero = node.input_rows(0), node.constant(0.0)
    taken = node.op("Where", condition, cotangent, zero) if node.is_active(1) else cotangent
    left = node.op("Where", condition, zero, cotangent) if node.is_active(2) else cotangent
    return None, node.sum_to(taken, 1), node.sum_to(left, 2)


@rule("Identity", "Cast", "CastLike", per_image=True, pointwise=True)
def identity(_node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x`: `dx = dy`. Also casts between real types, all float32 here."""
    return (cotangent,)


@rule("Dropout", per_image=True, pointwise=True)
def dropout(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x` at inference: `dx = dy`."""
    training = node.constant_input(2)
    if node.has_input(2) and (training is None or bool(training)):
        raise node.unsupported("it is in training mode; export the model in evaluation mode")
    return (cotangent,)
