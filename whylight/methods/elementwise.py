"""Elementwise gradient methods: HiResCAM, GradCAMElementWise, LayerCAM.

Averaging gradients over positions, as Grad-CAM does, assumes that a channel means the same everywhere. These
methods instead sum products of activations and gradients at each position over the channels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whylight.methods.registry import method


@method(
    "hirescam",
    label="HiResCAM",
    summary="Contribution of each position to the score, if the rest of the network were linear.",
    paper="Draelos and Carin, HiResCAM, 2020, arXiv:2011.08891",
    needs="gradients",
    additive=True,
)
def hirescam(activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> NDArray[np.float32]:
    """HiResCAM: contribution of each position to the score of a linear tail.

        L_mij = sum_k  G_mkij A_kij

    If the tail is affine, the sum of the map is the score without its bias, so the map only shows positions
    that the score uses.

    Draelos and Carin, 2020, arXiv 2011.08891.
    """
    return np.asarray(np.einsum("mchw,chw->mhw", gradients, activations), np.float32)


@method(
    "elementwise-grad-cam",
    label="Elementwise Grad-CAM",
    summary="HiResCAM with only the positive contributions.",
    paper="pytorch-grad-cam's GradCAMElementWise, after Selvaraju et al., arXiv:1610.02391",
    needs="gradients",
    additive=True,
)
def elementwise_grad_cam(
    activations: NDArray[np.float32], gradients: NDArray[np.float32]
) -> NDArray[np.float32]:
    """GradCAMElementWise: HiResCAM with negative products set to zero.

        L_mij = sum_k  max(G_mkij A_kij, 0)

    pytorch-grad-cam's `GradCAMElementWise`, which cites no paper.
    """
    products = gradients * activations
    np.maximum(products, 0, out=products)
    return np.asarray(products.sum(axis=1), np.float32)


@method(
    "layercam",
    label="LayerCAM",
    summary="Activations weighted elementwise by their positive gradients; suitable for early layers.",
    paper="Jiang et al., LayerCAM, IEEE TIP 2021, doi:10.1109/TIP.2021.3089943",
    needs="gradients",
    additive=True,
)
def layercam(activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> NDArray[np.float32]:
    """LayerCAM: activations weighted elementwise by their positive gradients.

        L_mij = sum_k  max(G_mkij, 0) A_kij   (equations 6 to 8, before the ReLU)

    Suitable for shallow layers too, where a single weight per channel is too coarse.

    Jiang, Zhang, Hou, Cheng and Wei, IEEE TIP 30, 2021, doi 10.1109/TIP.2021.3089943.
    """
    return np.asarray(np.einsum("mchw,chw->mhw", np.maximum(gradients, 0), activations), np.float32)
