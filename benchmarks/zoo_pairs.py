"""What the zoo's oracles share: the two layers of a network, and the pair's gradients at one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.adoption import Network
from explain.adoption.adopting import make_pair
from explain.adoption.labels import numbered
from explain.adoption.layers import Layer, blocks
from explain.adoption.presets import PRESETS
from explain.autodiff.session import open_in_memory
from explain.autodiff.tail import values_at
from explain.card import Card

IMAGES, SCORES = 2, 3
BLOCKS_BEFORE = 3


@dataclass(frozen=True)
class Explained:
    """What a pair gives for a few pictures."""

    pictures: NDArray[np.float32]
    """What the network gets, `[N, 3, h, w]`."""
    values: NDArray[np.float32]
    """The layer's tensor, in its own form."""
    image_index: NDArray[np.int64]
    """`[M]`."""
    score_weights: NDArray[np.float32]
    """`[M, K]`."""
    gradients: NDArray[np.float32]
    """`[M, C, h, w]`."""


def two_layers(network: Network) -> list[Layer]:
    """The default layer, and the deepest of the block three blocks before it (or the first there is)."""
    default = network.default_layer[0]
    grouped = blocks(network.layers, network.graph)
    place = next(index for index, block in enumerate(grouped) if default in block)
    return [default, grouped[max(place - BLOCKS_BEFORE, 0)][-1]]


def explain_layer(network: Network, layer: Layer, seed: int = 0) -> Explained:
    """Make a pair of a network at a layer and run both graphs on random pictures."""
    card = Card(
        name="zoo",
        classes=numbered(network.scores.classes),
        target_layer=layer.name,
        input_size=network.picture.size,
        mean=PRESETS["imagenet"].mean,
        std=PRESETS["imagenet"].std,
    )
    pair = make_pair(network, layer, card)
    rng = np.random.default_rng(11 + seed)
    height, width = pair.card.input_size
    pictures = rng.integers(0, 256, (IMAGES, height, width, 3), np.uint8)
    network_input = network.model.graph.input[0].name
    made = [value.name for value in pair.forward.graph.output]
    tensors = values_at(pair.forward, (*made, network_input, layer.name), pictures)
    gradient = open_in_memory(pair.gradient, optimise=True)
    index = np.array([0, 1, 1])
    weights = rng.standard_normal((SCORES, len(pair.card.classes))).astype(np.float32)
    feed = {value.name: tensors[value.name] for value in gradient.get_inputs() if value.name in tensors}
    feed |= {"image_index": index, "score_weights": weights}
    (found,) = gradient.run(["gradients"], feed)
    return Explained(tensors[network_input], tensors[layer.name], index, weights, found)


def as_map(values: NDArray[np.generic], layer: Layer) -> NDArray[np.generic]:
    """A tensor in the layer's own form, brought to `[N, C, h, w]`."""
    layout = layer.layout
    if layout.tokens:
        places = values[:, layout.extra_tokens :] if layout.channels_last else values.swapaxes(1, 2)
        return places.swapaxes(1, 2).reshape(len(values), layout.channels, *layout.size)
    return values.transpose(0, 3, 1, 2) if layout.channels_last else values


def relative_error(found: NDArray[np.generic], expected: NDArray[np.generic]) -> float:
    """Largest difference over the largest expected value."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def layer_row(layer: Layer, error: float, kinks: int = 0) -> dict[str, Any]:
    """A layer's part of a result; `kinks` counts the pictures passed over (see `zoo_torch`)."""
    return {
        "layer": f"{layer.op_type} {layer.name}",
        "op_type": layer.op_type,
        "map": layer.layout.describe(),
        "error": error,
        "kinks": kinks,
    }
