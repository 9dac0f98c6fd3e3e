"""Test whether the scores depend on the positions in a layer's map."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.graphs.extraction import cut_tail, values_at
from whylight.graphs.in_memory import open_in_memory
from whylight.layers.behind_normalisation import of_places
from whylight.layers.find_layers import Layer

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
    tail = cut_tail(model, layer.name, logits)
    values = known or {}
    if not values.keys() >= set(tail.inputs):
        values = values_at(model, tail.inputs, images)
    feed = {name: values[name] for name in tail.inputs}
    tokens = feed[layer.name]
    noise = np.random.default_rng(1).standard_normal(tokens.shape).astype(np.float32)
    moved_by = of_places(layer.layout, noise) * max(float(np.std(tokens.astype(np.float32))), 1e-3)
    moved = (tokens.astype(np.float32) + moved_by).astype(np.float32)
    for value in tail.model.graph.input:
        value.type.tensor_type.elem_type = onnx.helper.np_dtype_to_tensor_dtype(feed[value.name].dtype)
    # Both by the same session: another rounds otherwise, by more than what counts here as influence.
    session = open_in_memory(tail.model)
    (before,) = session.run([logits], feed)
    (after,) = session.run([logits], {**feed, layer.name: moved})
    scale = float(np.abs(before).max())
    return bool(np.abs(after - before).max() > _NO_INFLUENCE * max(scale, 1e-12))
