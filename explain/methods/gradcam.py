"""Grad-CAM: Selvaraju, Cogswell, Das, Vedantam, Parikh and Batra, ICCV 2017, arXiv 1610.02391."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def grad_cam(activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> NDArray[np.float32]:
    """Activations weighted by how much each channel raises the score, on average over its places.

    For score m, channel k and place (i, j), with Z = h w places:

        alpha_mk = 1 / Z  sum_ij  G_mkij          (equation 1)
        L_mij    =        sum_k   alpha_mk A_kij  (equation 2, before its ReLU)

    `activations` A `[C, h, w]`, `gradients` G `[M, C, h, w]`; returns L, float32 `[M, h, w]`. The ReLU is
    left to `explain.drawing.scale_map`, so that what speaks against a score is kept.
    """
    channels, height, width = activations.shape
    weights = gradients.mean(axis=(2, 3))  # [M, C]
    # einsum and not `@`: BLAS would wake a thread pool of its own, which on few cores fights with the
    # runtime's for longer than the product takes.
    maps = np.einsum("mc,cp->mp", weights, activations.reshape(channels, height * width))
    return np.asarray(maps.reshape(-1, height, width), np.float32)
