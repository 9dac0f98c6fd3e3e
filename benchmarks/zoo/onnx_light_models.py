"""The nine networks in the `onnx` package, checked by float64 finite differences."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from benchmarks.zoo.float64_reference import evaluate
from benchmarks.zoo.pair_gradients import (
    Explained,
    as_map,
    evaluate_float64,
    explain_layer,
    layer_row,
    relative_error,
    two_layers,
)
from whylight.adoption import PreparedModel, prepare
from whylight.graphs.extraction import cut_tail
from whylight.tensor_names import LOGITS

_STEP = 1e-9
"""Step relative to the typical value at the layer, small enough to rarely cross a kink."""
_MOVED = 0.1
"""Noise that breaks ties, relative to the typical value at the layer."""
_DIRECTIONS = 6


def light_names() -> list[str]:
    """List the names of the networks, such as `light_resnet50`."""
    return sorted(path.stem for path in _folder().glob("light_*.onnx"))


def measure_light(name: str) -> dict[str, Any]:
    """Adopt one network with random weights and compare directional derivatives."""
    model = onnx.load(_folder() / f"{name}.onnx")
    parameters = fill_weights(model)
    with tempfile.TemporaryDirectory(prefix="whylight-zoo-") as folder:
        path = Path(folder) / f"{name}.onnx"
        onnx.save(model, path)
        network = prepare(path)
    rows = [_compare(network, explain_layer(network, layer)) for layer in two_layers(network)]
    return {"parameters": parameters, "opset": network.opset, "size": 224, "layers": rows}


def _compare(network: PreparedModel, rounded: Explained) -> dict[str, Any]:
    """Measure one layer: derivatives of each score in random directions.

    Noise is added to the layer's values first: behind a ReLU many are zero, and a maximum of several zeros
    has no derivative.
    """
    rng = np.random.default_rng(3)
    layer, source = rounded.layer.name, network.model.graph.input[0].name
    tail = cut_tail(network.model, layer, LOGITS)
    scale = float(rounded.values.std())
    moved = rounded.values + _MOVED * scale * rng.standard_normal(rounded.values.shape)
    start = {source: rounded.images, layer: moved}
    values = evaluate(network.model, {*tail.inputs, *rounded.inputs.values()}, start)
    exact = evaluate_float64(rounded, values)
    errors = []
    for index, image in enumerate(exact.image_index):
        directions = rng.standard_normal((_DIRECTIONS, *moved.shape[1:]))
        steps = _STEP * scale * np.concatenate([directions, -directions])
        feed = {name: np.repeat(values[name][image : image + 1], len(steps), axis=0) for name in tail.inputs}
        feed[layer] = feed[layer] + steps
        ahead, back = np.split(evaluate(tail.model, [LOGITS], feed)[LOGITS], 2)
        slopes = (ahead - back) @ exact.score_weights[index] / (2 * _STEP * scale)
        found = np.tensordot(as_map(directions, rounded.layer), exact.gradients[index], axes=3)
        errors.append(relative_error(found, slopes))
    rounding = relative_error(rounded.gradients, evaluate_float64(rounded, rounded.tensors).gradients)
    return layer_row(rounded.layer, max(errors), rounding)


def fill_weights(model: onnx.ModelProto) -> int:
    """Replace constant weights by random ones, in place; return the number of values."""
    rng = np.random.default_rng(0)
    shapes = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    uses = {name: (node, place) for node in model.graph.node for place, name in enumerate(node.input)}
    kept, count = [], 0
    for node in model.graph.node:
        if node.op_type != "ConstantOfShape":
            kept.append(node)
            continue
        name = node.output[0]
        taken, place = uses[name]
        if taken.op_type == "Unsqueeze":  # to shape [C, 1, 1], to scale or shift channels
            taken, place = _final_use(uses, taken)
        value = _random(rng, [int(dim) for dim in shapes[node.input[0]]], taken.op_type, place)
        model.graph.initializer.append(numpy_helper.from_array(value.astype(np.float32), name))
        count += value.size
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return count


def _final_use(
    uses: dict[str, tuple[onnx.NodeProto, int]], node: onnx.NodeProto
) -> tuple[onnx.NodeProto, int]:
    taken, place = uses[node.output[0]]
    return _final_use(uses, taken) if taken.op_type == "Unsqueeze" else (taken, place)


def _random(rng: np.random.Generator, shape: list[int], op_type: str, place: int) -> NDArray[np.float64]:
    """Draw initial weights; scales and variances are between 0.5 and 1.5."""
    if len(shape) > 1:
        return rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
    scales = op_type == "Mul" or (op_type == "BatchNormalization" and place in (1, 4))
    return rng.uniform(0.5, 1.5, shape) if scales else rng.standard_normal(shape) * 0.1


def _folder() -> Path:
    return Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
