"""Default layer of a segmenter."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

from whylight.errors import ModelError
from whylight.graphs.extraction import values_at
from whylight.layers.find_layers import Layer
from whylight.layers.moved_values import scores_when_moved, spread_of
from whylight.tensor_names import PLACE_SCORES

_FEWEST_CELLS = 16
"""Pooled maps of fewer cells are no maps of the image."""
_WIDE = 0.05
"""Share of a map's cells on which the score at one place has to depend."""
_LOCAL = 9
"""Cells on which it depends where nothing but interpolation lies between."""
_MOST_TRIED = 24
_CHANGED = 1e-4
"""Change of a score, relative to the largest change, that counts as one."""


def choose_for_regions(
    model: onnx.ModelProto, layers: Sequence[Layer], images: NDArray[np.float32]
) -> tuple[Layer, str]:
    """Return the layer to explain of a segmenter, and the reason.

    At its last maps a place's score depends on that place alone, and a map shows the region that was asked
    about and nothing else. So the default is the deepest of the coarsest maps from which a place's score
    still gathers from a twentieth of the map: the end of the encoder, as in Seg-Grad-CAM (Vinogradova et al.
    2020). Where there is none, it is the deepest from which it gathers from more cells than interpolation
    does.

    Args:
        model: the network with the output `place_scores`.
        layers: all layers, in order.
        images: what the network takes, one image.

    Raises:
        ModelError: there is no map.
    """
    maps = [layer for layer in layers if math.prod(layer.layout.size) >= _FEWEST_CELLS]
    if not maps:
        raise ModelError(
            "the network has no map of more than one place that the scores depend on; it cannot be "
            "explained by place"
        )
    coarsest = min(math.prod(layer.layout.size) for layer in maps)
    deep = [layer for layer in reversed(maps) if math.prod(layer.layout.size) == coarsest][:_MOST_TRIED]
    gathering = None
    # Those on every path first: inside of a block a map says only what the block adds.
    for layer in sorted(deep, key=lambda layer: not layer.is_cut):
        cells = _cells_gathered(model, layer, images)
        if cells > max(_WIDE * coarsest, _LOCAL):
            return layer, "the deepest of the coarsest maps from which each place gathers"
        if gathering is None and cells > _LOCAL:
            gathering = layer
    return gathering or deep[-1], "the coarsest map"


def _cells_gathered(model: onnx.ModelProto, layer: Layer, images: NDArray[np.float32]) -> float:
    """Return on how many cells of a layer's map the score at one place depends.

    Found the other way round: the share of places whose scores change with the cell in the middle.
    """
    rows, columns = layer.layout.size
    middle = _cell(layer, rows // 2, columns // 2)

    def moves(values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        moved = values.copy()
        noise = spread_of(values) * np.random.default_rng(1).standard_normal(values.shape)
        moved[middle] += noise[middle].astype(np.float32)
        return [moved]

    before, (after,) = scores_when_moved(
        model, layer.name, PLACE_SCORES, lambda names: values_at(model, names, images), moves
    )
    change = np.abs(after - before).max(axis=(0, 1))
    largest = float(change.max())
    if largest == 0:
        return 0.0
    return float((change > _CHANGED * largest).mean()) * rows * columns


def _cell(layer: Layer, row: int, column: int) -> tuple[slice | int, ...]:
    """Return the index of one cell of a map as the network holds it."""
    layout = layer.layout
    if layout.tokens:
        place = row * layout.size[1] + column
        place = layout.extra_tokens + (layout.order[place] if layout.order else place)
        return (slice(None), place) if layout.channels_last else (slice(None), slice(None), place)
    if layout.channels_last:
        return (slice(None), row, column)
    return (slice(None), slice(None), row, column)
