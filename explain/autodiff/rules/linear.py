"""Rules of matrix products."""

from __future__ import annotations

from explain.autodiff.context import NodeContext, batch_first
from explain.autodiff.graph import BatchMultiple
from explain.autodiff.registry import Cotangents, rule


def _rows_are_images(node: NodeContext) -> bool:
    """Whether the product's right side is the same for all images and its left side is batch-first."""
    keeps_rows = node.attribute("transA", 0) == 0 and node.info(0).rank >= 2
    other = any(isinstance(dim, BatchMultiple) for dim in node.info(1).shape)
    return keeps_rows and not other and batch_first(node)


@rule("Gemm", per_image=_rows_are_images)
def gemm(node: NodeContext, cotangent: str) -> Cotangents:
    """`Y = alpha A' B' + beta C` with `A' = A` or `A^T`: `dA' = alpha dY B'^T`, `dB' = alpha A'^T dY`."""
    alpha, beta = node.attribute("alpha", 1.0), node.attribute("beta", 1.0)
    trans_a, trans_b = node.attribute("transA", 0), node.attribute("transB", 0)
    d_a = d_b = d_c = None
    if node.is_active(0):
        b = node.input_rows(1)
        d_a = (
            node.op("Gemm", b, cotangent, alpha=alpha, transA=trans_b, transB=1)
            if trans_a
            else node.op("Gemm", cotangent, b, alpha=alpha, transB=1 - trans_b)
        )
    if node.is_active(1):
        a = node.input_rows(0)
        d_b = (
            node.op("Gemm", cotangent, a, alpha=alpha, transA=1, transB=trans_a)
            if trans_b
            else node.op("Gemm", a, cotangent, alpha=alpha, transA=1 - trans_a)
        )
    if node.is_active(2):
        scaled = node.op("Mul", cotangent, node.constant(beta)) if beta != 1.0 else cotangent
        d_c = node.sum_to(scaled, 2)
    return d_a, d_b, d_c


@rule("MatMul", per_image=_rows_are_images)
def matmul(node: NodeContext, cotangent: str) -> Cotangents:
    """`Y = A B` over the last two dimensions, leading ones broadcast: `dA = dY B^T`, `dB = A^T dY`."""
    if node.info(0).rank < 2 or node.info(1).rank < 2:
        raise node.unsupported("a product with a vector; expected matrices")
    d_a = d_b = None
    if node.is_active(0):
        d_a = _sum_leading(node, node.op("MatMul", cotangent, _transposed(node, 1)), 0)
    if node.is_active(1):
        d_b = _sum_leading(node, node.op("MatMul", _transposed(node, 0), cotangent), 1)
    return d_a, d_b


def _transposed(node: NodeContext, index: int) -> str:
    rank = node.info(index).rank
    perm = [*range(rank - 2), rank - 1, rank - 2]
    return node.op("Transpose", node.input_rows(index), perm=perm)


def _sum_leading(node: NodeContext, cotangent: str, index: int) -> str:
    """Sum a cotangent over the leading dimensions along which the input was broadcast."""
    wide, narrow = node.output_info().shape[:-2], node.info(index).shape[:-2]
    lead = len(wide) - len(narrow)
    axes = [*range(lead), *(lead + i for i, dim in enumerate(narrow) if dim == 1 and wide[lead + i] != 1)]
    if not axes:
        return cotangent
    summed = node.op("ReduceSum", cotangent, node.constant(axes, "int64"), keepdims=1)
    return node.reshape_as_input(summed, index)
