"""Test whether the scores depend on the positions in a layer's map."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.graphs.extraction import values_at
from whylight.layers.find_layers import Layer
from whylight.layers.moved_values import scores_when_moved, spread_of, without_class_token

_NO_INFLUENCE = 1e-6
"""A change of the logits, relative to the largest of them, that is no more than rounding."""


def has_influence(
    model: onnx.ModelProto,
    layer: Layer,
    logits: str,
    images: NDArray[np.float32],
    known: Mapping[str, NDArray[np.generic]] | None = None,
) -> bool:
    """Return whether the logits change with the values at a map's positions.

    Only rows of tokens are tried: behind the last attention a class token goes its way alone.

    Args:
        model: the network.
        layer: one of its layers.
        logits: the tensor of the scores.
        images: what the network takes, one image.
        known: values of tensors for this image; None, or where some are missing, runs the network.
    """
    if not layer.layout.tokens:
        return True

    def needed(names: tuple[str, ...]) -> Mapping[str, NDArray[np.generic]]:
        return known if known and known.keys() >= set(names) else values_at(model, names, images)

    def moves(values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        noise = spread_of(values) * np.random.default_rng(1).standard_normal(values.shape)
        return [values + without_class_token(layer.layout, noise)]

    before, (after,) = scores_when_moved(model, layer.name, logits, needed, moves)
    scale = float(np.abs(before).max())
    return bool(np.abs(after - before).max() > _NO_INFLUENCE * max(scale, 1e-12))
