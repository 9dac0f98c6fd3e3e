"""Rules of matrix products."""

from __future__ import annotations

import numpy as np

from whylight.autodiff.node_context import NodeContext, same_rows
from whylight.autodiff.registry import Cotangents, rule
from whylight.graphs.graph_view import BatchMultiple


def _rows_are_images(node: NodeContext) -> bool:
    """Return whether row n of a Gemm belongs to image n.

    The left side is batch-first, and the right side is the same for all images.
    """
    return node.attribute("transA", 0) == 0 and _keeps_rows(node)


def _keeps_rows(node: NodeContext) -> bool:
    """Return whether row n of a MatMul belongs to image n.

    Images are rows of the left matrix, or matrices of a stack on either side.
    """
    rank = node.output_info().rank
    for index in (0, 1):
        info = node.info(index)
        if info.rows_an_image is None:
            if any(isinstance(dim, BatchMultiple) for dim in info.shape):
                return False
        elif info.rank != rank or (index == 1 and rank < 3):
            return False
    return node.output_info().rows_an_image is not None


@rule("Gemm", per_image=_rows_are_images)
def gemm(node: NodeContext, cotangent: str) -> Cotangents:
    """`Y = alpha A' B' + beta C`, where `A'` is `A` or `A^T`, and so with B.

    `dA' = alpha dY B'^T`, `dB' = alpha A'^T dY`, `dC = beta dY`.
    """
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


@rule("MatMul", per_image=_keeps_rows)
def matmul(node: NodeContext, cotangent: str) -> Cotangents:
    """`Y = A B`: `dA = dY B^T`, `dB = A^T dY`.

    The product is over the last two dimensions; leading ones are broadcast.
    """
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


def _letters(node: NodeContext) -> tuple[list[str], str]:
    """Return the subscripts of an Einsum's inputs and of its output."""
    equation = node.attribute("equation").replace(" ", "")
    if "." in equation:
        raise node.unsupported(
            "the equation '{equation}' has an ellipsis; expected letters alone", equation=equation
        )
    left, arrow, right = equation.partition("->")
    if not arrow:
        letters = left.replace(",", "")
        right = "".join(letter for letter in sorted(set(letters)) if letters.count(letter) == 1)
    return left.split(","), right


def _batch_letter_first(node: NodeContext) -> bool:
    inputs, output = _letters(node)
    leads = {
        term[0]
        for index, term in enumerate(inputs)
        if any(isinstance(dim, BatchMultiple) for dim in node.info(index).shape)
    }
    return leads == {output[:1]} and same_rows(node)


@rule("Einsum", per_image=_batch_letter_first)
def einsum(node: NodeContext, cotangent: str) -> Cotangents:
    """Sum of products: an input's cotangent is the Einsum of `dy` and the others.

    An index that only this input has was summed over, so its cotangent is the same along it.
    """
    inputs, output = _letters(node)
    results: list[str | None] = []
    for index, term in enumerate(inputs):
        if not node.is_active(index):
            results.append(None)
            continue
        if len(set(term)) < len(term):
            raise node.unsupported("the diagonal '{term}'; expected different letters", term=term)
        others = [place for place in range(len(inputs)) if place != index]
        known = set(output).union(*(inputs[place] for place in others))
        kept = "".join(letter for letter in term if letter in known)
        equation = ",".join([output, *(inputs[place] for place in others)]) + "->" + kept
        product = node.op("Einsum", cotangent, *map(node.input_rows, others), equation=equation)
        if kept != term:
            alone = [axis for axis, letter in enumerate(term) if letter not in known]
            product = node.op("Unsqueeze", product, node.constant(alone, "int64"))
            product = node.broadcast_rows(product, index)
        results.append(product)
    return tuple(results)


_LARGEST_MATRIX = 6
"""Side of a matrix up to which its determinant is differentiated, by a smaller one for each entry."""


@rule("Det", per_image=same_rows)
def determinant(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = det X`: `dX_ij = dy * cofactor_ij`, also for singular matrices."""
    side = node.static_dim(0, -1)
    if side > _LARGEST_MATRIX:
        raise node.unsupported(
            "its matrices are {side} x {side}; expected {most} at most", side=side, most=_LARGEST_MATRIX
        )
    slope = _cofactors(node, side)
    column = node.op("Unsqueeze", cotangent, node.constant([-2, -1], np.int64))
    return (node.slope(column, slope),)


def _cofactors(node: NodeContext, side: int) -> str:
    """Return the cofactors of each matrix of the input, in its shape."""
    x = node.input(0)
    if side == 1:
        return node.op("Add", node.op("Mul", x, node.constant(0.0)), node.constant(1.0))
    signed = []
    for row in range(side):
        rows = node.op("Gather", x, node.constant(np.delete(np.arange(side), row), np.int64), axis=-2)
        for column in range(side):
            kept = node.constant(np.delete(np.arange(side), column), np.int64)
            minor = node.op("Det", node.op("Gather", rows, kept, axis=-1))
            minor = node.op("Neg", minor) if (row + column) % 2 else minor
            signed.append(node.op("Unsqueeze", minor, node.constant([-1], np.int64)))
    joined = node.op("Concat", *signed, axis=-1)
    return node.reshape_as_input(joined, 0)
