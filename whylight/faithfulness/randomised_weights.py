"""Networks with shuffled weights, layer by layer from the logits down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from whylight.errors import ModelError
from whylight.graphs.extraction import subgraph
from whylight.graphs.graph_view import producers
from whylight.pair.build import Pair, build_pair
from whylight.pair.input_stage import InputStage, extract_input_stage
from whylight.tensor_names import ACTIVATIONS, LOGITS

_FEWEST_WEIGHTS = 8
"""Smaller tensors are constants of formulas rather than learned weights."""

_WEIGHT_TYPES = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.INT8)


@dataclass(frozen=True, slots=True)
class Randomised:
    """A pair with shuffled top layers."""

    pair: Pair
    layer: str
    """The lowest shuffled layer: name or output of its node."""
    count: int
    """Number of shuffled layers."""


def randomised_pairs(pair: Pair, stages: int, seed: int) -> Iterator[Randomised]:
    """Yield the pair with more and more layers shuffled, in at most `stages` steps.

    Weights are shuffled within their tensor, so each layer keeps its distribution of weights and only loses
    what it has learned; variances stay positive.

    Raises:
        ModelError: the pair does not have the structure made by `build_pair`.
    """
    network, target, logits, prologue = _network(pair)
    layers = _layers(network)
    if not layers:
        raise ModelError("'{model}' has no weights between image and logits", model=pair.card.name)
    weights = {tensor.name: tensor for tensor in network.graph.initializer}
    random = np.random.default_rng(seed)
    ends = np.unique(np.linspace(0, len(layers), min(stages, len(layers)) + 1).round().astype(int))
    for start, end in pairwise(ends.tolist()):
        for _, names in layers[start:end]:
            for name in names:
                values = numpy_helper.to_array(weights[name])
                shuffled = random.permutation(values.ravel()).reshape(values.shape)
                weights[name].CopyFrom(numpy_helper.from_array(shuffled, name))
        changed = build_pair(network, pair.card, target=target, logits=logits, prologue=prologue)
        yield Randomised(changed, layers[end - 1][0], end)


def _network(pair: Pair) -> tuple[onnx.ModelProto, str, str, InputStage]:
    """Extract the network without preprocessing.

    Returns it with the names of its target layer and logits, and the preprocessing.
    """
    forward = onnx.ModelProto()
    forward.CopyFrom(pair.forward)
    made_by = producers(forward.graph)
    names = []
    for public in (ACTIVATIONS, LOGITS):
        name = public
        while made_by[name].op_type == "Identity":
            name = made_by[name].input[0]
        names.append(name)
    prologue = extract_input_stage(forward, pair.card.input_size)
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names]
    return subgraph(forward, forward.graph.input, outputs), names[0], names[1], prologue


def _layers(network: onnx.ModelProto) -> list[tuple[str, list[str]]]:
    """List node names and weights of the layers, from the logits down.

    Weights that reach a node through constant nodes, such as `DequantizeLinear`, belong to that node.
    """
    roots = {
        tensor.name: [tensor.name]
        if tensor.data_type in _WEIGHT_TYPES and np.prod(tensor.dims) >= _FEWEST_WEIGHTS
        else []
        for tensor in network.graph.initializer
    }
    layers = []
    for node in network.graph.node:
        taken = [name for tensor in node.input for name in roots.get(tensor, [])]
        if all(tensor in roots for tensor in node.input if tensor):
            roots.update(dict.fromkeys(node.output, taken))
        elif taken:
            layers.append((node.name or node.output[0], taken))
    return layers[::-1]
