"""Rule of DFT, for networks that mix positions by frequency.

Rao et al., *Global Filter Networks for Image Classification* (GFNet), 2021.
"""

from __future__ import annotations

import numpy as np

from whylight.autodiff.node_context import NodeContext, same_rows
from whylight.autodiff.registry import Cotangents, rule
from whylight.autodiff.rules.sliding_windows import linear_map_along_axis

_AXIS_IS_AN_INPUT = 20
"""The operator set since which the axis is an input."""


def _axis(node: NodeContext) -> int:
    rank = node.info(0).rank
    if node.opset < _AXIS_IS_AN_INPUT:
        return int(node.attribute("axis", 1)) % rank
    given = node.constants(2)
    return (given[0] if given else -2) % rank


@rule("DFT", per_image=lambda node: _axis(node) != 0 and same_rows(node))
def discrete_fourier_transform(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = F x`, complex numbers as pairs: `dx = F^H dy`; for real x its real part."""
    axis, rank = _axis(node), node.info(0).rank
    size, parts = node.static_dim(0, axis), node.static_dim(0, rank - 1)
    (out,) = node.static_output_dims(slice(axis, axis + 1))
    if node.attribute("onesided", 0) and node.attribute("inverse", 0):
        raise node.unsupported("it is one-sided and inverse; expected one of them at most")
    length = (node.constants(1) or [size])[0]
    turns = np.outer(np.arange(out), np.arange(min(size, length))) / length
    matrix = np.exp((2j if node.attribute("inverse", 0) else -2j) * np.pi * turns)
    if node.attribute("inverse", 0):
        matrix /= length
    matrix = np.pad(matrix, ((0, 0), (0, max(size - length, 0))))  # what is cut off has no influence

    real, imaginary = (
        node.op("Gather", cotangent, node.constant([part], np.int64), axis=rank - 1) for part in (0, 1)
    )

    def mapped(tensor: str, along: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
        return linear_map_along_axis(node, tensor, axis, along.T)

    d_real = node.op("Add", mapped(real, matrix.real), mapped(imaginary, matrix.imag))
    if parts == 1:
        return (d_real,)
    d_imaginary = node.op("Sub", mapped(imaginary, matrix.real), mapped(real, matrix.imag))
    return (node.op("Concat", d_real, d_imaginary, axis=rank - 1),)
