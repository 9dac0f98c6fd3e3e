"""Common parts of the zoo's oracles: layers and gradients of pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from benchmarks.zoo.float64_reference import evaluate
from whylight.adoption import PreparedModel
from whylight.adoption.adopt import make_pair
from whylight.adoption.class_names import numbered
from whylight.adoption.preprocessing_presets import PRESETS
from whylight.graphs.extraction import values_at
from whylight.graphs.in_memory import open_in_memory
from whylight.layers.find_layers import Layer, blocks
from whylight.pair.card import Card
from whylight.tensor_names import ACTIVATIONS, GRADIENTS, IMAGE_INDEX, SCORE_WEIGHTS

IMAGES, SCORES = 2, 3
BLOCKS_BEFORE = 3


@dataclass(frozen=True)
class Explained:
    """Results of a pair for a few images, in float32 as for users or in float64."""

    layer: Layer
    gradient: onnx.ModelProto
    """The pair's gradient graph."""
    inputs: Mapping[str, str]
    """Tensor of the network for each input of the gradient graph."""
    tensors: Mapping[str, NDArray[Any]]
    """Values of these tensors and of the layer."""
    images: NDArray[Any]
    """Input of the network, `[N, 3, h, w]`."""
    values: NDArray[Any]
    """The layer's tensor, in its original layout."""
    image_index: NDArray[np.int64]
    """`[M]`."""
    score_weights: NDArray[Any]
    """`[M, K]`."""
    gradients: NDArray[Any]
    """`[M, C, h, w]`."""

    def in_float64(self) -> Explained:
        """Return the same values in float64."""
        return replace(
            self,
            images=self.images.astype(np.float64),
            values=self.values.astype(np.float64),
            score_weights=self.score_weights.astype(np.float64),
            gradients=self.gradients.astype(np.float64),
        )


def two_layers(network: PreparedModel) -> list[Layer]:
    """Return the default layer and the last layer of the block three blocks earlier.

    If there are fewer blocks, the first one is used. If the default layer is on one of several branches, or
    only the image precedes all of them, the other layer is the third one before it with the same shape and
    operator.
    """
    default = network.default_layer[0]
    grouped = blocks(network.layers, network.graph)
    place = next((index for index, block in enumerate(grouped) if default in block), None)
    if place is not None:
        before = grouped[max(place - BLOCKS_BEFORE, 0)][-1]
        if before.layout.size != network.image.size:
            return [default, before]
    wanted = (default.layout, default.op_type)
    alike = [layer for layer in network.layers if (layer.layout, layer.op_type) == wanted]
    return [default, alike[max(alike.index(default) - BLOCKS_BEFORE, 0)]]


def explain_layer(network: PreparedModel, layer: Layer, seed: int = 11) -> Explained:
    """Make a pair at a layer and run both graphs on random images, drawn from `seed`."""
    card = Card(
        name="zoo",
        classes=numbered(network.scores.classes),
        target_layer=layer.name,
        input_size=network.image.size,
        mean=PRESETS["imagenet"].mean,
        std=PRESETS["imagenet"].std,
    )
    pair = make_pair(network, layer, card)
    rng = np.random.default_rng(seed)
    height, width = pair.card.input_size
    images = rng.integers(0, 256, (IMAGES, height, width, 3), np.uint8)
    network_input = network.model.graph.input[0].name
    made = [value.name for value in pair.forward.graph.output]
    tensors = values_at(pair.forward, (*made, network_input, layer.name), images)
    gradient = open_in_memory(pair.gradient, optimise=True)
    taken = [value.name for value in gradient.get_inputs() if value.name in tensors]
    index = np.array([0, 1, 1])
    weights = rng.standard_normal((SCORES, len(pair.card.classes))).astype(np.float32)
    renamed = {
        node.output[0]: node.input[0] for node in pair.forward.graph.node if ACTIVATIONS in node.output
    }
    feed = {name: tensors[name] for name in taken}
    inputs = {name: renamed.get(name, name) for name in taken}
    (found,) = gradient.run([GRADIENTS], {**feed, IMAGE_INDEX: index, SCORE_WEIGHTS: weights})
    return Explained(
        layer=layer,
        gradient=pair.gradient,
        inputs=inputs,
        tensors={layer.name: tensors[layer.name], **{inputs[name]: tensors[name] for name in taken}},
        images=tensors[network_input],
        values=tensors[layer.name],
        image_index=index,
        score_weights=weights,
        gradients=found,
    )


def evaluate_float64(explained: Explained, tensors: Mapping[str, NDArray[Any]]) -> Explained:
    """Evaluate the gradient graph in float64 for given tensors of the network."""
    feed = {name: tensors[tensor] for name, tensor in explained.inputs.items()}
    feed |= {IMAGE_INDEX: explained.image_index, SCORE_WEIGHTS: explained.score_weights}
    return replace(
        explained.in_float64(),
        tensors=tensors,
        values=tensors[explained.layer.name].astype(np.float64),
        gradients=evaluate(explained.gradient, [GRADIENTS], feed)[GRADIENTS],
    )


def as_map(values: NDArray[np.generic], layer: Layer) -> NDArray[np.generic]:
    """Convert a tensor in the layer's layout to `[N, C, h, w]`."""
    layout = layer.layout
    if layout.tokens:
        places = values[:, layout.extra_tokens :] if layout.channels_last else values.swapaxes(1, 2)
        places = places[:, list(layout.order)] if layout.order else places
        return places.swapaxes(1, 2).reshape(len(values), layout.channels, *layout.size)
    return values.transpose(0, 3, 1, 2) if layout.channels_last else values


def relative_error(found: NDArray[np.generic], expected: NDArray[np.generic]) -> float:
    """Return the largest difference divided by the largest expected value."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def layer_row(layer: Layer, exact: float, rounded: float, own: float | None = None) -> dict[str, Any]:
    """Return the part of a result for one layer.

    Args:
        layer: the layer.
        exact: error of the gradient graph in float64.
        rounded: error of the pair in float32, as users run it.
        own: error of PyTorch's float32 gradient relative to its float64 gradient, if measured.
    """
    return {
        "layer": f"{layer.op_type} {layer.name}",
        "op_type": layer.op_type,
        "map": layer.layout.describe(),
        "float64": exact,
        "float32": rounded,
        "own": own,
    }
