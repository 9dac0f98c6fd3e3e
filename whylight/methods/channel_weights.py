"""Methods that weight channels by gradients: Grad-CAM, Grad-CAM++, XGrad-CAM.

All three are L_mij = sum_k alpha_mk A_kij and differ in the weights alpha `[M, C]`. Products use `np.einsum`
instead of `@`: BLAS would start its own thread pool, which competes with the runtime's on few cores for
longer than the product takes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whylight.methods.registry import method

_PLUS_PLUS_EPSILON = 1e-6
"""Of the largest square of a gradient. pytorch-grad-cam adds 1e-6 itself, which outweighs the squares where
gradients are below 1e-3, as behind a mean over many positions."""

# Added to denominators, as in pytorch-grad-cam.
_X_EPSILON = 1e-7


def grad_cam_of_means(
    activations: NDArray[np.float32], channel_means: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Compute Grad-CAM from the spatial means of the gradients, alpha `[M, C]`."""
    return weighted_sum(channel_means, activations)


@method(
    "grad-cam",
    label="Grad-CAM",
    summary="Channels weighted by the mean gradient of the score.",
    paper="Selvaraju et al., Grad-CAM, ICCV 2017, arXiv:1610.02391",
    needs="gradients",
    additive=True,
    of_means=grad_cam_of_means,
)
def grad_cam(activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> NDArray[np.float32]:
    """Grad-CAM: channels weighted by the spatial mean of their gradients.

    For score m, channel k and position (i, j), with Z = h w positions:

        alpha_mk = 1 / Z  sum_ij  G_mkij          (equation 1)
        L_mij    =        sum_k   alpha_mk A_kij  (equation 2, before its ReLU)

    `activations` A `[C, h, w]`, `gradients` G `[M, C, h, w]`; returns L, float32 `[M, h, w]`. The ReLU is
    left to `whylight.drawing.heatmap.normalize_map`, so that negative evidence is available.

    Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra, ICCV 2017, arXiv 1610.02391.
    """
    return grad_cam_of_means(activations, gradients.mean(axis=(2, 3)))


@method(
    "grad-cam++",
    label="Grad-CAM++",
    summary="Channels weighted by positive gradients, so that all occurrences of an object count.",
    paper="Chattopadhay et al., Grad-CAM++, WACV 2018, arXiv:1710.11063",
    needs="gradients",
)
def grad_cam_plus_plus(
    activations: NDArray[np.float32], gradients: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Grad-CAM++: channels weighted by a weighted sum of their positive gradients.

        a_mkij   = G^2 / (2 G^2 + G^3 sum_ab A_kab)   where G_mkij is not 0, else 0  (equation 19)
        alpha_mk = sum_ij  a_mkij max(G_mkij, 0)                                     (equations 5 and 7)

    Equation 19 assumes that the score is the exponential of the logit, so that its higher derivatives are
    powers of the first. A millionth of the largest G^2 is added to the denominator (pytorch-grad-cam adds
    1e-6, whatever the gradients); a is 0 where it is zero nevertheless.

    Chattopadhay, Sarkar, Howlader and Balasubramanian, WACV 2018, arXiv 1710.11063.
    """
    squares = gradients * gradients
    shares = activations.sum(axis=(1, 2))[None, :, None, None] * gradients
    shares += 2
    shares *= squares
    shares += np.float32(_PLUS_PLUS_EPSILON) * squares.max(axis=(1, 2, 3), keepdims=True)
    # Zero where the gradient or the denominator is zero.
    np.divide(squares, shares, out=shares, where=shares != 0)
    return weighted_sum(np.einsum("mchw,mchw->mc", shares, np.maximum(gradients, 0)), activations)


@method(
    "xgrad-cam",
    label="XGrad-CAM",
    summary="Channels weighted by gradients averaged over activations, which conserves the score.",
    paper="Fu et al., Axiom-based Grad-CAM, BMVC 2020, arXiv:2008.02312",
    needs="gradients",
    additive=True,
)
def xgrad_cam(activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> NDArray[np.float32]:
    """XGrad-CAM: channels weighted by activation-weighted means of their gradients.

        alpha_mk = sum_ij  A_kij G_mkij / sum_ab A_kab   (equation 8)

    This preserves the channel's contribution to a locally linear score (axioms of sensitivity and
    conservation). As in pytorch-grad-cam, 1e-7 is added to the denominator.

    Fu, Hu, Dong, Guo, Gao and Li, BMVC 2020, arXiv 2008.02312.
    """
    totals = activations.sum(axis=(1, 2)) + np.float32(_X_EPSILON)
    weights = np.einsum("mchw,chw->mc", gradients, activations / totals[:, None, None])
    return weighted_sum(weights, activations)


def weighted_sum(weights: NDArray[np.float32], activations: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum activations `[C, h, w]` with channel weights `[M, C]`; float32 `[M, h, w]`."""
    channels, height, width = activations.shape
    maps = np.einsum("mc,cp->mp", weights, activations.reshape(channels, height * width))
    return np.asarray(maps.reshape(-1, height, width), np.float32)
