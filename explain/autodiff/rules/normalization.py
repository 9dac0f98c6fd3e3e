"""Rules of normalisation layers."""

from __future__ import annotations

import numpy as np

from explain.autodiff.context import NodeContext
from explain.autodiff.registry import Cotangents, rule


@rule("BatchNormalization", per_image=True)
def batch_normalization(node: NodeContext, cotangent: str) -> Cotangents:
    """`y = scale (x - mean) / sqrt(var + eps) + bias` a channel: `dx = dy scale / sqrt(var + eps)`.

    At inference mean and variance are constants (Ioffe and Szegedy, 2015).
    """
    if node.attribute("training_mode", 0):
        raise node.unsupported("it is in training mode; export the model in evaluation mode")
    scale, variance = node.constant_input(1), node.constant_input(4)
    if scale is None or variance is None:
        raise node.unsupported("its scale or variance is computed in the graph; expected constants")
    epsilon = node.attribute("epsilon", 1e-5)
    slope = scale.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    spatial = (1,) * (node.info(0).rank - 2)
    return (node.op("Mul", cotangent, node.constant(slope.reshape(-1, *spatial))),)
