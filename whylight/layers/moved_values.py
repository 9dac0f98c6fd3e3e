"""Scores of a network when the values of a layer are moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.graphs.extraction import cut_tail
from whylight.graphs.in_memory import open_in_memory
from whylight.layers.map_layout import MapLayout

Known = Callable[[tuple[str, ...]], Mapping[str, NDArray[np.generic]]]
"""Returns the values of tensors for one image."""


def scores_when_moved(
    model: onnx.ModelProto,
    layer: str,
    scores: str,
    known: Known,
    moves: Callable[[NDArray[np.float32]], Sequence[NDArray[np.float32]]],
    held: Iterable[str] = (),
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """Run what lies behind a layer with its own values, and with others.

    All by one session: another rounds otherwise, by more than what may count as influence.

    Args:
        model: the network.
        layer: the tensor whose values are moved.
        scores: the tensor of the scores.
        known: gives the values of the tensors that are needed.
        moves: returns the other values for the layer's own.
        held: tensors behind the layer that keep their values.

    Returns:
        The scores, and those for each of the moves.
    """
    tail = cut_tail(model, layer, scores, tuple(held))
    values = known(tail.inputs)
    feed = {name: values[name] for name in tail.inputs}
    for value in tail.model.graph.input:
        value.type.tensor_type.elem_type = onnx.helper.np_dtype_to_tensor_dtype(feed[value.name].dtype)
    session = open_in_memory(tail.model)
    (before,) = session.run([scores], feed)
    own = np.asarray(feed[layer], np.float32)
    after = [session.run([scores], {**feed, layer: moved.astype(np.float32)})[0] for moved in moves(own)]
    return before, after


def spread_of(values: NDArray[np.float32]) -> float:
    """Return the standard deviation of a layer's values, never zero."""
    return max(float(values.std()), 1e-3)


def without_class_token(layout: MapLayout, change: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return a change of a layer's values without that of its class token.

    Args:
        layout: of the layer.
        change: as the network holds the layer's values.
    """
    kept = change.copy()
    if layout.tokens and layout.channels_last:
        kept[:, : layout.extra_tokens] = 0
    elif layout.tokens:
        kept[..., : layout.extra_tokens] = 0
    return kept
