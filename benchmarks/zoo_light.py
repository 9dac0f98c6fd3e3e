"""The nine old networks inside the `onnx` package, and finite differences in float64."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

from benchmarks.zoo_pairs import explain_layer, layer_row, two_layers
from explain.adoption import prepare
from explain.adoption.scores import LOGITS
from explain.autodiff.tail import cut_tail, values_at

_STEP = 1e-6
_DIRECTIONS = 6


def light_names() -> list[str]:
    """`light_resnet50` and its like."""
    return sorted(path.stem for path in _folder().glob("light_*.onnx"))


def measure_light(name: str) -> dict[str, Any]:
    """Give one network random weights, adopt it and compare derivatives along random directions."""
    model = onnx.load(_folder() / f"{name}.onnx")
    parameters = fill_weights(model)
    with tempfile.TemporaryDirectory(prefix="whylight-zoo-") as folder:
        path = Path(folder) / f"{name}.onnx"
        onnx.save(model, path)
        network = prepare(path)
        rows = []
        for layer in two_layers(network):
            explained = explain_layer(network, layer)
            tail = cut_tail(network.model, layer.name, LOGITS)
            evaluator = ReferenceEvaluator(_in_float64(tail.model), new_ops=[LRN])
            values = values_at(network.model, tail.inputs, explained.pictures)
            rng = np.random.default_rng(3)
            found, expected = [], []
            for m in range(len(explained.image_index)):
                image, weights = int(explained.image_index[m]), explained.score_weights[m].astype(np.float64)
                start = {key: value[image : image + 1].astype(np.float64) for key, value in values.items()}
                for _ in range(_DIRECTIONS // len(explained.image_index)):
                    direction = rng.standard_normal(start[layer.name].shape)
                    found.append(float((explained.gradients[m] * direction[0]).sum()))
                    expected.append(_derivative(evaluator, start, layer.name, direction, weights))
            error = np.abs(np.subtract(found, expected)).max() / np.abs(expected).max()
            rows.append(layer_row(layer, float(error)))
    return {"parameters": parameters, "opset": network.opset, "size": 224, "layers": rows}


def fill_weights(model: onnx.ModelProto) -> int:
    """Replace the constant weights by random ones, in place; how many numbers that are."""
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
        if taken.op_type == "Unsqueeze":  # to the form [C, 1, 1], to scale or shift channels
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
    """Weights as they are drawn for training; scales and variances between a half and two."""
    if len(shape) > 1:
        return rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
    scales = op_type == "Mul" or (op_type == "BatchNormalization" and place in (1, 4))
    return rng.uniform(0.5, 1.5, shape) if scales else rng.standard_normal(shape) * 0.1


def _derivative(
    evaluator: ReferenceEvaluator,
    start: dict[str, NDArray[np.float64]],
    layer: str,
    direction: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> float:
    """Of the score along a direction at the layer, by central differences in float64."""
    scores = []
    for sign in (1, -1):
        moved = {**start, layer: start[layer] + sign * _STEP * direction}
        scores.append(float((evaluator.run([LOGITS], moved)[0][0] * weights).sum()))
    return (scores[0] - scores[1]) / (2 * _STEP)


class LRN(OpRun):  # type: ignore[misc]
    """ONNX's local response normalisation in the precision of its input; the reference's is in float32."""

    op_domain = ""

    def _run(self, x: NDArray[np.float64], alpha: float, beta: float, bias: float, size: int) -> tuple[Any]:
        squares = np.zeros_like(x)
        before, after = (size - 1) // 2, size // 2
        for channel in range(x.shape[1]):
            near = x[:, max(channel - before, 0) : channel + after + 1]
            squares[:, channel] = (near**2).sum(axis=1)
        return (x / (bias + alpha / size * squares) ** beta,)


def _in_float64(model: onnx.ModelProto) -> onnx.ModelProto:
    exact = onnx.ModelProto()
    exact.CopyFrom(model)
    for tensor in exact.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            value = numpy_helper.to_array(tensor).astype(np.float64)
            tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
    return exact


def _folder() -> Path:
    return Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
