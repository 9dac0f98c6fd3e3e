"""Small classifiers written by hand as other programs write them, for the tests of adoption."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

from whylight.graphs.extraction import cut_tail
from whylight.graphs.in_memory import open_in_memory
from whylight.pair.build import Pair

_RNG = np.random.default_rng(1)
SIZE = (8, 12)
CLASSES = 4
CONV1 = _RNG.standard_normal((6, 3, 3, 3)) * 0.3
CONV2 = _RNG.standard_normal((6, 6, 3, 3)) * 0.3
HEAD = _RNG.standard_normal((6, CLASSES))
TOKENS = {
    "patch": _RNG.standard_normal((5, 3, 4, 4)) * 0.2,
    "class": _RNG.standard_normal((1, 1, 5)),
    "q": _RNG.standard_normal((5, 5)) * 0.2,  # else a class token may look at itself alone, at no image
    "k": _RNG.standard_normal((5, 5)),
    "v": _RNG.standard_normal((5, 5)),
    "up": _RNG.standard_normal((5, 7)),
    "down": _RNG.standard_normal((7, 5)),
    "gain": _RNG.uniform(0.5, 1.5, 5),
    "shift": _RNG.standard_normal(5),
    "out": _RNG.standard_normal((5, CLASSES)),
}


def node(op_type: str, inputs: str, outputs: str, **attributes: object) -> onnx.NodeProto:
    """A node named like its first output; names are separated by blanks, `-` leaves an input out."""
    names = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(op_type, names, outputs.split(), outputs.split()[0], **attributes)


def network(
    nodes: Sequence[onnx.NodeProto],
    constants: dict[str, NDArray],
    outputs: Sequence[str] = ("scores",),
    *,
    inputs: dict[str, Sequence[int | str | None]] | None = None,
    opset: int = 20,
    element: int = TensorProto.FLOAT,
) -> onnx.ModelProto:
    """A model; by default of one input `x` `[N, 3, 8, 12]`."""
    shapes = inputs or {"x": ["N", 3, *SIZE]}
    graph = helper.make_graph(
        list(nodes),
        "network",
        [helper.make_tensor_value_info(name, element, shape) for name, shape in shapes.items()],
        [helper.make_tensor_value_info(name, element, None) for name in outputs],
        [
            numpy_helper.from_array(value.astype(np.float32) if value.dtype == np.float64 else value, name)
            for name, value in constants.items()
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def plain(**options: object) -> onnx.ModelProto:
    """conv1 - relu - conv2 - relu - global average - linear."""
    return network(plain_nodes(), plain_constants(), **options)


def plain_nodes(start: str = "x") -> list[onnx.NodeProto]:
    return [
        node("Conv", f"{start} w1", "conv1", pads=[1, 1, 1, 1]),
        node("Relu", "conv1", "relu1"),
        node("Conv", "relu1 w2", "conv2", pads=[1, 1, 1, 1], strides=[2, 2]),
        node("Relu", "conv2", "relu2"),
        node("GlobalAveragePool", "relu2", "pooled"),
        node("Flatten", "pooled", "flat"),
        node("Gemm", "flat head", "scores"),
    ]


def plain_constants() -> dict[str, NDArray]:
    return {"w1": CONV1, "w2": CONV2, "head": HEAD}


def transformer(*, class_token: bool, batch: str) -> onnx.ModelProto:
    """A vision transformer of one head and two blocks' halves: attention, then a layer a token.

    `batch` is `dynamic` (the class token is expanded by the batch's size) or `fixed` (to one image).
    """
    nodes = [
        node("Conv", "x patch", "patches", strides=[4, 4]),
        node("Reshape", "patches rows", "planes"),
        node("Transpose", "planes", "tokens", perm=[0, 2, 1]),
    ]
    constants = {**TOKENS, "rows": np.array([1 if batch == "fixed" else -1, 5, 6])}
    stream = "tokens"
    if class_token:
        if batch == "fixed":
            nodes.append(node("Expand", "class one_one_five", "expanded"))
            constants["one_one_five"] = np.array([1, 1, 5])
        else:
            nodes += [
                node("Shape", "x", "n", start=0, end=1),
                node("Concat", "n one_five", "target", axis=0),
                node("Expand", "class target", "expanded"),
            ]
            constants["one_five"] = np.array([1, 5])
        nodes.append(node("Concat", "expanded tokens", "stream", axis=1))
        stream = "stream"
    nodes += [
        node("LayerNormalization", f"{stream} gain shift", "norm1"),
        node("MatMul", "norm1 q", "queries"),
        node("MatMul", "norm1 k", "keys"),
        node("MatMul", "norm1 v", "values"),
        node("Transpose", "keys", "turned", perm=[0, 2, 1]),
        node("MatMul", "queries turned", "likeness"),
        node("Softmax", "likeness", "attention"),
        node("MatMul", "attention values", "mixed"),
        node("Add", f"mixed {stream}", "after_attention"),
        node("LayerNormalization", "after_attention gain shift", "norm2"),
        node("MatMul", "norm2 up", "wide"),
        node("Tanh", "wide", "bent"),
        node("MatMul", "bent down", "narrow"),
        node("Add", "narrow after_attention", "block"),
        node("LayerNormalization", "block gain shift", "normed"),
    ]
    if class_token:
        nodes.append(node("Gather", "normed first", "summary", axis=1))
        constants["first"] = np.array(0)
    else:
        nodes.append(node("ReduceMean", "normed one", "summary", keepdims=0))
        constants["one"] = np.array([1])
    nodes.append(node("Gemm", "summary out", "scores"))
    shapes = {"x": [1 if batch == "fixed" else "N", 3, *SIZE]}
    return network(nodes, constants, inputs=shapes)


def saved(model: onnx.ModelProto, folder: Path, name: str = "theirs.onnx") -> Path:
    """The model's file."""
    path = folder / name
    onnx.save(model, path)
    return path


def run_pair(pair: Pair, images: NDArray[np.uint8], index: Sequence[int], weights: NDArray) -> dict:
    """All outputs of the forward graph, and `gradients`."""
    forward = open_in_memory(pair.forward, optimise=True)
    names = [output.name for output in forward.get_outputs()]
    tensors = dict(zip(names, forward.run(names, {"image": images}), strict=True))
    gradient = open_in_memory(pair.gradient, optimise=True)
    feed = {value.name: tensors[value.name] for value in gradient.get_inputs() if value.name in tensors}
    feed |= {"image_index": np.array(index), "score_weights": weights.astype(np.float32)}
    (gradients,) = gradient.run(["gradients"], feed)
    return {**tensors, "gradients": gradients}


class LayerNormalization(OpRun):
    """Over the last axis, in the precision of its input; the reference's own is in float32."""

    op_domain = ""

    def _run(self, x: NDArray, scale: NDArray, bias: NDArray, **_: object) -> tuple[NDArray]:
        centred = x - x.mean(-1, keepdims=True)
        return (centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * scale + bias,)


def finite_differences(
    model: onnx.ModelProto, layer: str, scores: str, image: NDArray[np.float32], weights: NDArray
) -> NDArray:
    """The derivative of `logits . weights` at a tensor of the file itself, in float64.

    Args:
        model: the file's network, as it is.
        layer: a tensor of it.
        scores: the tensor that holds the logits.
        image: what the network takes, one image.
        weights: `[K]`.
    """
    exact = onnx.ModelProto()
    exact.CopyFrom(model)
    for tensor in exact.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            value = numpy_helper.to_array(tensor).astype(np.float64)
            tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
    tail = cut_tail(exact, layer, scores)
    name = exact.graph.input[0].name
    wanted = [entry for entry in tail.inputs if entry != name]
    exact.graph.output.extend(onnx.ValueInfoProto(name=entry) for entry in wanted)
    whole = ReferenceEvaluator(exact, new_ops=[LayerNormalization])
    values = dict(zip(wanted, whole.run(wanted, {name: image.astype(np.float64)}), strict=True))
    evaluator = ReferenceEvaluator(tail.model, new_ops=[LayerNormalization])
    found = np.zeros_like(values[layer])
    step = 1e-7  # so small that hardly any ReLU lies within it of its kink
    for place in np.ndindex(*found.shape):
        ends = []
        for sign in (1, -1):
            moved = values[layer].copy()
            moved[place] += sign * step
            (logits,) = evaluator.run([scores], {**values, layer: moved})
            ends.append(float(logits.reshape(-1) @ weights))
        found[place] = (ends[0] - ends[1]) / (2 * step)
    return found
