"""Rules of operators that work element by element, with broadcasting."""

from __future__ import annotations

from explain.autodiff.context import NodeContext
from explain.autodiff.registry import Cotangents, rule


@rule("Add", per_image=True)
def add(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = a + b`: `da = dy`, `db = dy`."""
    return node.sum_to(cotangent, 0), node.sum_to(cotangent, 1)


@rule("Sub", per_image=True)
def sub(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = a - b`: `da = dy`, `db = -dy`."""
    negative = node.op("Neg", cotangent) if node.is_active(1) else cotangent
    return node.sum_to(cotangent, 0), node.sum_to(negative, 1)


@rule("Mul", per_image=True)
def mul(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = a * b`: `da = dy * b`, `db = dy * a`."""

    def factor(index: int, other: int) -> str | None:
        if not node.is_active(index):
            return None
        return node.sum_to(node.op("Mul", cotangent, node.input_rows(other)), index)

    return factor(0, 1), factor(1, 0)


@rule("Relu", per_image=True)
def relu(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = max(x, 0)`: `dx = dy * (y > 0)`; the subgradient at 0 is 0, as in PyTorch."""
    positive = node.op("Greater", node.output(), node.constant(0.0))
    # As a factor and not as Where: the mask is made once an image, the product once a score.
    mask = node.op("Cast", positive, to=1)
    return (node.op("Mul", cotangent, node.rows(mask)),)


@rule("Identity", per_image=True)
def identity(_node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x`."""
    return (cotangent,)


@rule("Dropout", per_image=True)
def dropout(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = x` at inference, the only mode that has an answer."""
    training = node.constant_input(2)
    if node.has_input(2) and (training is None or bool(training)):
        raise node.unsupported("it is in training mode; export the model in evaluation mode")
    return (cotangent,)
