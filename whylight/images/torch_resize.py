"""PyTorch's antialiased resizing of 8-bit images, pixel for pixel.

Of `torch.nn.functional.interpolate(..., antialias=True)` on uint8 tensors, which the image processors of
transformers call since version 5, and TorchVision's transforms on tensors. It is Pillow's algorithm, but for
its 16-bit weights (Pillow's have 32 bits), and columns always before rows (Pillow takes the order that costs
less; where bicubic values are clipped in between, pixels differ by up to some ten levels).
Source: aten/src/ATen/native/cpu/UpSampleKernel.cpp, `_compute_index_ranges_int16_weights`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_REACH = {"bilinear": 1.0, "bicubic": 2.0}
"""Pixels to each side that a kernel sees when it enlarges."""
_BLOCK = 16
"""Pixels that are computed by one product of matrices; its weights are zero outside each one's window."""


def resize_as_torch(image: NDArray[np.uint8], size: tuple[int, int], interpolation: str) -> NDArray[np.uint8]:
    """Resize an image uint8 `[H, W, C]` to `size` (h, w), uint8 `[h, w, C]`.

    `interpolation` is `bilinear` or `bicubic`.
    """
    for axis in (1, 0):
        if image.shape[axis] != size[axis]:
            image = _along(image, axis, size[axis], interpolation)
    return image


def _along(image: NDArray[np.uint8], axis: int, wanted: int, interpolation: str) -> NDArray[np.uint8]:
    """Resize one axis."""
    length = image.shape[axis]
    # In front: lines to be weighted; behind: all else, one row of the matrix for each line.
    lines = np.moveaxis(image, axis, 0)
    shape = lines.shape
    lines = lines.reshape(length, -1)
    result = np.empty((wanted, lines.shape[1]), np.uint8)
    first, weights, precision = _weights(length, wanted, interpolation)
    for begin in range(0, wanted, _BLOCK):
        rows = slice(begin, min(begin + _BLOCK, wanted))
        start = first[rows.start]
        stop = min(length, first[rows.stop - 1] + weights.shape[1])
        banded = np.zeros((rows.stop - rows.start, stop - start))
        for row, (at, values) in enumerate(zip(first[rows] - start, weights[rows], strict=True)):
            count = min(len(values), stop - start - at)
            banded[row, at : at + count] = values[:count]
        # Integers below 2**53, so that float64 is exact and the product may be BLAS's.
        sums = banded @ lines[start:stop].astype(np.float64)
        result[rows] = np.clip(np.floor((sums + 2.0 ** (precision - 1)) / 2.0**precision), 0, 255)
    return np.ascontiguousarray(np.moveaxis(result.reshape(wanted, *shape[1:]), 0, axis))


def _weights(
    length: int, wanted: int, interpolation: str
) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
    """Weights of the old pixels in each new one.

    Returned are each new pixel's first old one `[wanted]`, the weights from there on `[wanted, taps]`,
    integers whose sum is about two to the power of the bits, and the bits.
    """
    scale = length / wanted
    widened = max(scale, 1.0)
    support = _REACH[interpolation] * widened
    centres = scale * (np.arange(wanted) + 0.5)
    first = np.maximum(np.trunc(centres - support + 0.5).astype(np.int64), 0)
    last = np.minimum(np.trunc(centres + support + 0.5).astype(np.int64), length)
    taps = np.arange(math.ceil(support) * 2 + 1)
    distances = (taps + first[:, None] - centres[:, None] + 0.5) / widened
    weights = _kernel(np.abs(distances), interpolation) * (taps < (last - first)[:, None])
    weights /= weights.sum(axis=1, keepdims=True)
    # As many bits as keep the largest weight below 2**15.
    largest, precision = weights.max(), 0
    while precision < 22 and int(0.5 + largest * 2.0 ** (precision + 1)) < 2**15:
        precision += 1
    scaled = weights * 2.0**precision
    return first, np.trunc(scaled + np.copysign(0.5, scaled)), precision


def _kernel(distance: NDArray[np.float64], interpolation: str) -> NDArray[np.float64]:
    """The triangle, or Keys' cubic with a = -0.5, at distances of at least zero."""
    if interpolation == "bilinear":
        return np.maximum(1.0 - distance, 0.0)
    a = -0.5
    near = ((a + 2.0) * distance - (a + 3.0)) * distance * distance + 1.0
    far = (((distance - 5.0) * distance + 8.0) * distance - 4.0) * a
    return np.where(distance < 1.0, near, np.where(distance < 2.0, far, 0.0))
