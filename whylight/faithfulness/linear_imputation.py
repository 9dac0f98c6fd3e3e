"""Noisy linear imputation of removed pixels.

Rong, Leemann, Borisov, Kasneci and Kasneci (ROAD), ICML 2022, arXiv 2202.00449, section 5.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Weights of the neighbours of a missing pixel, from the paper's code.
_NEIGHBOURS = np.array([[1, 2, 1], [2, 0, 2], [1, 2, 1]], np.float32) / 12
_TOLERANCE = 0.0003
"""Root mean square of the residual, in units of 1/255; the result is rounded to integers."""
_MOST_STEPS = 500


def impute_linear(
    image: NDArray[np.uint8], kept: NDArray[np.bool_], noise: NDArray[np.float32] | None = None
) -> NDArray[np.uint8]:
    """Fill the pixels that are not kept.

    Each missing pixel becomes the weighted mean of its eight neighbours, including missing ones, which is one
    linear system for all of them. Direct neighbours have weight 1/6, diagonal ones 1/12; at the border the
    weights are rescaled.

    Args:
        image: RGB uint8 `[H, W, 3]`.
        kept: bool `[H, W]`.
        noise: added to imputed pixels, levels `[H, W, 3]`; without noise the network could recognise imputed
            pixels, which are smoother.

    Returns:
        uint8 `[H, W, 3]`. If nothing is kept, all pixels become mid-grey with noise.
    """
    filled = solve(image, kept)
    if noise is not None:
        filled = np.where(kept[..., None], filled, filled + noise)
    return np.rint(np.clip(filled, 0, 255)).astype(np.uint8)


def solve(image: NDArray[np.uint8], kept: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the imputed image before rounding and noise, float32 `[H, W, 3]`.

    The error is about one level. The system is symmetric and positive definite, and a product with it is a 3
    x 3 filter, so conjugate gradients are used. They start from the solution at half the size, recursively
    (cascadic multigrid: Bornemann and Deuflhard, Numerische Mathematik 75, 1996); otherwise they would need
    at least as many steps as the largest hole is wide.
    """
    if not kept.any():
        return np.full(image.shape, 127.5, np.float32)
    weight = kept.astype(np.float32)
    return _cascade(image.astype(np.float32) * weight[..., None], weight)


def _cascade(total: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fill pixels with zero `weight` `[H, W]`.

    Elsewhere `total` `[H, W, 3]` is weight times value.
    """
    height, width = weight.shape
    known = total / np.maximum(weight, np.float32(1e-12))[..., None]
    if min(height, width) <= 2:
        mean = total.sum(axis=(0, 1)) / weight.sum()
        return np.where(weight[..., None] > 0, known, mean)
    half = ((width + 1) // 2, (height + 1) // 2)
    coarse = _cascade(
        np.asarray(cv2.resize(total, half, interpolation=cv2.INTER_AREA), np.float32),
        np.asarray(cv2.resize(weight, half, interpolation=cv2.INTER_AREA), np.float32),
    )
    guess = np.asarray(cv2.resize(coarse, (width, height)), np.float32)
    missing = np.repeat((weight == 0).astype(np.float32)[..., None], 3, axis=2)
    return _conjugate_gradients(known * (1 - missing), guess * missing, missing)


def _conjugate_gradients(
    known: NDArray[np.float32], guess: NDArray[np.float32], missing: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Solve for the missing pixels from a guess; all `[H, W, 3]`, zero elsewhere."""
    degree = _filter(np.ones_like(known)) * missing
    residual = (_filter(known) + _filter(guess)) * missing - degree * guess
    direction, power = residual.copy(), _dot(residual, residual)
    for _ in range(_MOST_STEPS):
        if power <= _TOLERANCE**2 * missing.size:
            break
        image = degree * direction - _filter(direction) * missing
        step = np.float32(power / _dot(direction, image))
        guess += step * direction
        residual -= step * image
        previous, power = power, _dot(residual, residual)
        direction *= np.float32(power / previous)
        direction += residual
    return known + guess


def _filter(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weighted sum of each pixel's neighbours, with zeros beyond the border."""
    return np.asarray(cv2.filter2D(values, -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT), np.float32)


def _dot(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    # Not np.vdot, which would start BLAS threads (see whylight.methods.channel_weights).
    return float(np.einsum("i,i->", a.ravel(), b.ravel()))
