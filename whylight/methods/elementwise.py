"""Methods that weight each place by its own gradient: HiResCAM, LayerCAM, others.

Averaging gradients over places, as Grad-CAM does, assumes that a channel means the same everywhere. These
do not: they sum products of single activations with their own gradients over the channels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from whylight.methods.registry import method


@method(
    "hirescam",
    label="HiResCAM",
    summary="Each place's own contribution to the score, as if the rest of the network were linear.",
    paper="Draelos and Carin, HiResCAM, 2020, arXiv:2011.08891",
    needs="gradients",
    additive=True,
)
def hirescam(activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each place's contribution to the score, were the tail linear.

        L_mij = sum_k  G_mkij A_kij

    Where the tail is linear but for a bias, the sum of the map is the score without its bias, so the map
    cannot show places that the score does not use.

    Draelos and Carin, 2020, arXiv 2011.08891.
    """
    return np.asarray(np.einsum("mchw,chw->mhw", gradients, activations), np.float32)


@method(
    "elementwise-grad-cam",
    label="Elementwise Grad-CAM",
    summary="HiResCAM of the positive contributions alone.",
    paper="pytorch-grad-cam's GradCAMElementWise, after Selvaraju et al., arXiv:1610.02391",
    needs="gradients",
    additive=True,
)
def elementwise_grad_cam(
    activations: NDArray[np.float32], gradients: NDArray[np.float32]
) -> NDArray[np.float32]:
    """HiResCAM of what speaks for the score alone: negative products are dropped before the sum.

        L_mij = sum_k  max(G_mkij A_kij, 0)

    pytorch-grad-cam's `GradCAMElementWise`; it names no paper for it.
    """
    products = gradients * activations
    np.maximum(products, 0, out=products)
    return np.asarray(products.sum(axis=1), np.float32)


@method(
    "layercam",
    label="LayerCAM",
    summary="Activations weighted place by place by their positive gradients; finer at early layers.",
    paper="Jiang et al., LayerCAM, IEEE TIP 2021, doi:10.1109/TIP.2021.3089943",
    needs="gradients",
    additive=True,
)
def layercam(activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> NDArray[np.float32]:
    """Activations weighted place by place with their positive gradients.

        L_mij = sum_k  max(G_mkij, 0) A_kij   (equations 6 to 8, before the ReLU)

    Made for shallow layers too, where one weight a channel is too coarse.

    Jiang, Zhang, Hou, Cheng and Wei, IEEE TIP 30, 2021, doi 10.1109/TIP.2021.3089943.
    """
    return np.asarray(np.einsum("mchw,chw->mhw", np.maximum(gradients, 0), activations), np.float32)
