"""Methods by the first principal component: EigenCAM, Eigen-GradCAM.

With positions as samples and channels as features, X `[Z, C]` centred over the positions,

    L = X v_1,   v_1 the first right singular vector of X,

reshaped to `[h, w]`. The sign of a singular vector is arbitrary, and pytorch-grad-cam, whose values these
otherwise are, uses the one returned by LAPACK. Here the sign is chosen so that evidence is positive: the map
correlates positively with the positive part of a signed map (Grad-CAM's for EigenCAM, HiResCAM's for
Eigen-GradCAM). See docs/decisions/0020-sign-of-eigen-maps.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whylight.methods.channel_weights import grad_cam
from whylight.methods.elementwise import hirescam
from whylight.methods.registry import method

_MOST_STEPS = 256
_TOLERANCE = 1e-8
"""Residual of the eigenvector relative to its eigenvalue; maps need an accuracy of 1e-4."""


@method(
    "eigencam",
    label="EigenCAM",
    summary="First principal component of the layer's activations, independent of the class.",
    paper="Muhammad and Yeasin, Eigen-CAM, IJCNN 2020, arXiv:2008.00299",
    needs="gradients",
    class_specific=False,
)
def eigencam(activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> NDArray[np.float32]:
    """EigenCAM: first principal component of the activations, X = A.

    The map does not depend on the score except for its sign, which is the only use of the gradients: it is
    negative for scores that the dominant pattern contradicts.

    Muhammad and Yeasin, IJCNN 2020, arXiv 2008.00299.
    """
    projection = first_projections(activations[None])
    return _evidence_positive(projection, grad_cam(activations, gradients))


@method(
    "eigen-gradcam",
    label="Eigen Grad-CAM",
    summary="The first principal component of activations multiplied by gradients.",
    paper="pytorch-grad-cam's EigenGradCAM, after Muhammad and Yeasin, arXiv:2008.00299",
    needs="gradients",
)
def eigen_gradcam(activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> NDArray[np.float32]:
    """Eigen-GradCAM: first principal component of gradient times activation, X = G A.

    pytorch-grad-cam's `EigenGradCAM`, after Muhammad and Yeasin, arXiv 2008.00299.
    """
    if len(gradients) == 0:
        return np.zeros((0, *activations.shape[1:]), np.float32)
    return _evidence_positive(first_projections(gradients * activations), hirescam(activations, gradients))


def _evidence_positive(
    projections: NDArray[np.float32], signed_maps: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Choose signs of projections `[M or 1, h, w]` by correlation with signed maps.

    The positive part of each signed map is used, or the whole map if it has none.
    """
    positive = np.maximum(signed_maps, 0)
    none_positive = positive.max(axis=(1, 2), keepdims=True) == 0
    agreement = projections * np.where(none_positive, signed_maps, positive)
    signs = np.where(agreement.sum(axis=(1, 2), keepdims=True) < 0, np.float32(-1), np.float32(1))
    return np.asarray(signs * projections, np.float32)


def first_projections(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Project `[B, C, h, w]` onto its first principal component, giving `[B, h, w]`.

    Features are centred over the positions. The signs are arbitrary.
    """
    _, channels, height, width = features.shape
    samples = features.reshape(-1, channels, height * width).astype(np.float64)
    samples -= samples.mean(axis=2, keepdims=True)
    projections = [np.einsum("c,cz->z", _principal_axis(matrix), matrix) for matrix in samples]
    return np.asarray(projections, np.float32).reshape(-1, height, width)


def _principal_axis(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the first eigenvector `[C]` of X X^T for centred samples X `[C, Z]`.

    Uses the Lanczos method with full reorthogonalisation (Golub and Van Loan, *Matrix Computations*, 4th ed.,
    section 10.1), which only needs matrix-vector products: a full decomposition such as `np.linalg.svd` takes
    a hundred times as long and starts BLAS threads.
    """
    channels = len(samples)
    start = np.random.default_rng(0).standard_normal(channels)  # almost surely not orthogonal to the axis
    basis = np.zeros((min(_MOST_STEPS, channels), channels))
    basis[0] = start / np.sqrt(start @ start)
    diagonal: list[float] = []
    beside: list[float] = []
    axis: NDArray[np.float64] = basis[0]
    for step in range(len(basis)):
        image = np.einsum("cz,z->c", samples, np.einsum("c,cz->z", basis[step], samples))
        diagonal.append(float(basis[step] @ image))
        known = basis[: step + 1]
        for _ in range(2):  # reorthogonalise twice (Parlett and Kahan, "twice is enough")
            image -= np.einsum("k,kc->c", np.einsum("kc,c->k", known, image), known)
        remainder = float(np.sqrt(image @ image))
        values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
        axis = np.asarray(np.einsum("k,kc->c", vectors[:, -1], known))
        # Residual of the eigenvector by the Lanczos relation.
        if remainder * abs(vectors[-1, -1]) <= _TOLERANCE * values[-1] or step + 1 == len(basis):
            break
        beside.append(remainder)
        basis[step + 1] = image / remainder
    return axis
