"""Methods by the first principal component: EigenCAM, Eigen-GradCAM.

With the places as samples and the channels as features, X `[Z, C]` centred over the places,

    L = X v_1,   v_1 the first right singular vector of X,

reshaped to `[h, w]`. A singular vector's sign is arbitrary and pytorch-grad-cam, whose numbers these are
otherwise, takes the one that LAPACK happens to return. Here the sign is chosen so that evidence is
positive: the map goes along with the positive part of a map that has a sign of its own (Grad-CAM's for
EigenCAM, HiResCAM's for Eigen-GradCAM). See docs/decisions/0020-sign-of-eigen-maps.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whylight.methods.channel_weights import grad_cam
from whylight.methods.elementwise import hirescam
from whylight.methods.registry import method

_MOST_STEPS = 256
_TOLERANCE = 1e-8
"""Of the eigenvector's residual in terms of its eigenvalue; the maps are asked to be right to 1e-4."""


@method(
    "eigencam",
    label="EigenCAM",
    summary="What the layer reacts to most, whatever the class: its first principal component.",
    paper="Muhammad and Yeasin, Eigen-CAM, IJCNN 2020, arXiv:2008.00299",
    needs="gradients",
    class_specific=False,
)
def eigencam(activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> NDArray[np.float32]:
    """What varies most over the image's places, whatever the score: X is the activations A.

    The map is the same for every score but for the sign, for which alone the gradients are used: a score
    against which the prevailing pattern speaks gets it as negative evidence.

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
    """EigenCAM of the products of activations with gradients, and so of the score: X is G A.

    pytorch-grad-cam's `EigenGradCAM`, after Muhammad and Yeasin, arXiv 2008.00299.
    """
    if len(gradients) == 0:
        return np.zeros((0, *activations.shape[1:]), np.float32)
    return _evidence_positive(first_projections(gradients * activations), hirescam(activations, gradients))


def _evidence_positive(
    projections: NDArray[np.float32], signed_maps: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Turn projections `[M or 1, h, w]` so that each goes along with the positive part of its signed map.

    A signed map without positive part is taken as it is.
    """
    positive = np.maximum(signed_maps, 0)
    none_positive = positive.max(axis=(1, 2), keepdims=True) == 0
    agreement = projections * np.where(none_positive, signed_maps, positive)
    signs = np.where(agreement.sum(axis=(1, 2), keepdims=True) < 0, np.float32(-1), np.float32(1))
    return np.asarray(signs * projections, np.float32)


def first_projections(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each of `[B, C, h, w]`, centred over its places, on its first principal component: `[B, h, w]`.

    The signs are arbitrary.
    """
    _, channels, height, width = features.shape
    samples = features.reshape(-1, channels, height * width).astype(np.float64)
    samples -= samples.mean(axis=2, keepdims=True)
    projections = [np.einsum("c,cz->z", _principal_axis(matrix), matrix) for matrix in samples]
    return np.asarray(projections, np.float32).reshape(-1, height, width)


def _principal_axis(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """The first eigenvector `[C]` of X X^T, for centred samples X `[C, Z]`.

    By the Lanczos method with full reorthogonalisation (Golub and Van Loan, *Matrix Computations*, 4th ed.,
    section 10.1), which multiplies with vectors only: a full decomposition, as `np.linalg.svd` makes it,
    takes a hundred times as long and wakes BLAS's threads besides.
    """
    channels = len(samples)
    start = np.random.default_rng(0).standard_normal(channels)  # orthogonal to no axis, but by a miracle
    basis = np.zeros((min(_MOST_STEPS, channels), channels))
    basis[0] = start / np.sqrt(start @ start)
    diagonal: list[float] = []
    beside: list[float] = []
    axis: NDArray[np.float64] = basis[0]
    for step in range(len(basis)):
        image = np.einsum("cz,z->c", samples, np.einsum("c,cz->z", basis[step], samples))
        diagonal.append(float(basis[step] @ image))
        known = basis[: step + 1]
        for _ in range(2):  # once is not enough (Parlett and Kahan, "twice is enough")
            image -= np.einsum("k,kc->c", np.einsum("kc,c->k", known, image), known)
        remainder = float(np.sqrt(image @ image))
        values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
        axis = np.asarray(np.einsum("k,kc->c", vectors[:, -1], known))
        # The residual of the eigenvector, as the Lanczos relation gives it.
        if remainder * abs(vectors[-1, -1]) <= _TOLERANCE * values[-1] or step + 1 == len(basis):
            break
        beside.append(remainder)
        basis[step + 1] = image / remainder
    return axis
