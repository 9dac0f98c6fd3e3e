"""Sliding windows and their padding, for pooling and convolution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whylight.autodiff.node_context import NodeContext


@dataclass(frozen=True, slots=True)
class Window:
    """A sliding window along one spatial axis, in elements."""

    kernel: int
    stride: int
    dilation: int
    pad_begin: int
    pad_end: int

    @property
    def reach(self) -> int:
        """Number of elements from the first to the last in the window."""
        return (self.kernel - 1) * self.dilation + 1


def windows(
    node: NodeContext, kernel: Sequence[int], inside: Sequence[int], outside: Sequence[int]
) -> list[Window]:
    """Return the window along each spatial axis, with ONNX's `auto_pad` resolved.

    Args:
        node: whose attributes are read.
        kernel: size of the window.
        inside: length of each axis over which the windows slide.
        outside: number of windows along each axis.
    """
    rank = len(inside)
    strides = list(node.attribute("strides", None) or [1] * rank)
    dilations = list(node.attribute("dilations", None) or [1] * rank)
    pads = list(node.attribute("pads", None) or [0] * (2 * rank))
    auto_pad = node.attribute("auto_pad", "NOTSET")
    if auto_pad in ("SAME_UPPER", "SAME_LOWER"):
        for i in range(rank):
            reach = (outside[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1
            total = max(reach - inside[i], 0)
            less, more = total // 2, total - total // 2
            pads[i], pads[rank + i] = (less, more) if auto_pad == "SAME_UPPER" else (more, less)
    elif auto_pad == "VALID":
        pads = [0] * (2 * rank)
    return [Window(kernel[i], strides[i], dilations[i], pads[i], pads[rank + i]) for i in range(rank)]


def pooling_matrix(window: Window, size: int, out: int, *, count_padding: bool) -> NDArray[np.float64]:
    """Return average pooling of `size` elements to `out` as a matrix `[out, size]`.

    With `count_padding`, padded elements count in the denominator, but those beyond the padding,
    which rounding up can reach, do not (as PyTorch and ONNX define it).
    """
    matrix = np.zeros((out, size))
    for row in range(out):
        start = row * window.stride - window.pad_begin
        places = [start + step * window.dilation for step in range(window.kernel)]
        inside = [place for place in places if 0 <= place < size]
        counted = [place for place in places if place < size + window.pad_end] if count_padding else inside
        matrix[row, inside] = 1.0 / len(counted)
    return matrix


def linear_map_along_axis(node: NodeContext, tensor: str, axis: int, matrix: NDArray[np.float64]) -> str:
    """Multiply the vectors along an axis of a tensor by a matrix `[out, in]`."""
    rank = node.info(0).rank
    if axis == rank - 1:
        return node.op("MatMul", tensor, node.constant(matrix.T))
    if axis == rank - 2:
        return node.op("MatMul", node.constant(matrix), tensor)
    order = list(range(rank))
    order[axis], order[-1] = order[-1], order[axis]
    turned = node.op("Transpose", tensor, perm=order)
    return node.op("Transpose", node.op("MatMul", turned, node.constant(matrix.T)), perm=order)
