"""Classifiers that cannot be differentiated; each looks at the upper left quarter of the image alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from tests.whylight.helpers.classifiers import CLASSES, SIZE, network, node, saved

_RNG = np.random.default_rng(0)
IMAGES = _RNG.integers(100, 256, (5, *SIZE, 3), np.uint8)
PLACES = SIZE[0] * SIZE[1]
HIDDEN = 32
QUARTER = np.zeros(SIZE, bool)
QUARTER[: SIZE[0] // 2, : SIZE[1] // 2] = True


def perceptron(channels: int = 3) -> dict[str, NDArray]:
    """Weights of two layers behind a flattened map: the quarter's light speaks for class 0."""
    first = QUARTER[None, :, :, None] * _RNG.uniform(0, 0.1, (channels, *SIZE, HIDDEN))
    second = _RNG.uniform(0, 0.1, (HIDDEN, CLASSES)) * np.array([1, -1, -1, -1])
    return {"first": first.reshape(-1, HIDDEN), "second": second}


def perceptron_nodes(start: str = "x") -> list[onnx.NodeProto]:
    return [
        node("Flatten", start, "flat"),
        node("MatMul", "flat first", "hidden"),
        node("Relu", "hidden", "positive"),
        node("MatMul", "positive second", "scores"),
    ]


def mlp(folder: Path) -> Path:
    return saved(network(perceptron_nodes(), perceptron()), folder)


def dynamically_quantised(folder: Path) -> Path:
    """As ONNX Runtime's own tool writes it, convolution included."""
    nodes = [node("Conv", "x spread", "planes"), *perceptron_nodes("planes")]
    constants = {**perceptron(4), "spread": _RNG.uniform(0, 1, (4, 3, 1, 1))}
    path = saved(network(nodes, constants), folder, "real.onnx")
    quantize_dynamic(path, folder / "theirs.onnx", weight_type=QuantType.QUInt8)
    kinds = {entry.op_type for entry in onnx.load(folder / "theirs.onnx").graph.node}
    assert kinds >= {"DynamicQuantizeLinear", "ConvInteger", "MatMulInteger"}
    return folder / "theirs.onnx"


def four_bits(folder: Path) -> Path:
    """A matrix in 4 bits, as ONNX Runtime stores those of large networks, behind a convolution."""
    block = 32
    levels = np.where(np.tile(QUARTER.reshape(-1), 3), 15, 8)  # less the zero, 8, and times the scale
    packed = (levels[0::2] | levels[1::2] << 4).astype(np.uint8).reshape(1, -1, block // 2)
    weights = np.repeat(packed, CLASSES, axis=0)
    scales = np.repeat([[0.01], [-0.01], [-0.02], [-0.03]], packed.shape[1], axis=1).astype(np.float32)
    constants = {"mix": np.eye(3).reshape(3, 3, 1, 1) + 0.1, "weights": weights, "scales": scales.reshape(-1)}
    nodes = [
        node("Conv", "x mix", "planes"),
        node("Relu", "planes", "bright"),
        node("Flatten", "bright", "flat"),
        node(
            "MatMulNBits",
            "flat weights scales",
            "scores",
            domain="com.microsoft",
            K=3 * PLACES,
            N=CLASSES,
            bits=4,
            block_size=block,
        ),
    ]
    model = network(nodes, constants)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return saved(model, folder)


def without_a_rule(folder: Path) -> Path:
    """Which of two planes is brighter at each place, by an operator that has no derivative."""
    nodes = [
        node("Conv", "x mix bias", "planes"),
        node("Transpose", "planes", "places", perm=[0, 2, 3, 1]),
        node("Reshape", "places two_columns", "pairs"),
        node("Hardmax", "pairs", "winners", axis=1),
        node("Gather", "winners zero", "brighter", axis=1),
        node("Reshape", "brighter a_row_each", "light"),
        *perceptron_nodes("light"),
    ]
    constants = {
        "mix": np.stack([np.ones((3, 1, 1)), np.zeros((3, 1, 1))]),
        "bias": np.array([0, 0.5]),
        "two_columns": np.array([-1, 2]),
        "zero": np.array(0),
        "a_row_each": np.array([-1, PLACES]),
        **perceptron(1),
    }
    return saved(network(nodes, constants), folder)


def loop(folder: Path) -> Path:
    """Adds its own brightest values to the image if these round to one; of an old operator set."""
    inner = [
        node("ReduceMax", "so_far", "brightest", axes=[2, 3]),
        node("Add", "so_far brightest", "more"),
        node("Identity", "go_on", "go_on_still"),
    ]
    body = helper.make_graph(
        inner,
        "doubling",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("so_far", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on_still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("more", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        node("ReduceMax", "x", "most", keepdims=0),
        node("Round", "most", "whole"),
        node("Cast", "whole", "turns", to=TensorProto.INT64),
        helper.make_node("Loop", ["turns", "", "x"], ["louder"], "again", body=body),
        *perceptron_nodes("louder"),
    ]
    return saved(network(nodes, perceptron(), opset=17), folder)


def branch(folder: Path) -> Path:
    """Takes the weights from outside into a branch that depends on the image."""
    then, other = (
        helper.make_graph(
            [node(op, inputs, out)], op, [], [helper.make_tensor_value_info(out, TensorProto.FLOAT, None)]
        )
        for op, inputs, out in (("Mul", "x two", "twice"), ("Identity", "x", "same"))
    )
    nodes = [
        node("ReduceMean", "x", "mean", keepdims=0),
        node("Greater", "mean half", "bright"),
        helper.make_node("If", ["bright"], ["changed"], "choice", then_branch=then, else_branch=other),
        *perceptron_nodes("changed"),
    ]
    return saved(network(nodes, {**perceptron(), "two": np.array(2.0), "half": np.array(0.5)}), folder)


def mixing(folder: Path) -> Path:
    """A batch fixed to one, which could not be larger: each value by the largest of all that there are."""
    nodes = [
        node("ReduceMax", "x", "most", keepdims=0),
        node("Div", "x most", "relative"),
        *perceptron_nodes("relative"),
    ]
    return saved(network(nodes, perceptron(), inputs={"x": [1, 3, *SIZE]}), folder)


def sequence(folder: Path) -> Path:
    """One of the image's planes, out of a sequence of them."""
    nodes = [
        node("SplitToSequence", "x", "planes", axis=1, keepdims=1),
        node("SequenceAt", "planes one", "green"),
        *perceptron_nodes("green"),
    ]
    return saved(network(nodes, {**perceptron(1), "one": np.array(1)}), folder)


def linear_classifier(folder: Path) -> Path:
    """Of ONNX's operators for classical machine learning."""
    weights = QUARTER[None, None] * np.reshape([0.01, -0.01, -0.02, -0.03], (CLASSES, 1, 1, 1))
    classifier = node(
        "LinearClassifier",
        "flat",
        "label scores",
        domain="ai.onnx.ml",
        coefficients=np.repeat(weights, 3, axis=1).astype(np.float32).ravel(),
        intercepts=[0.0] * CLASSES,
        classlabels_ints=range(CLASSES),
    )
    model = network([node("Flatten", "x", "flat"), classifier], {})
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    return saved(model, folder)
