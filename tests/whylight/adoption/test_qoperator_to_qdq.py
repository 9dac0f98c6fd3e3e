"""Networks that compute in whole numbers, opened and adopted; the oracle is ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from whylight import Explainer, adopt
from whylight.adoption.qoperator_to_qdq import OPENINGS, qoperator_to_qdq
from whylight.errors import ModelError
from whylight.graphs.in_memory import open_in_memory

MICROSOFT = "com.microsoft"
SCALE, ZERO = 0.05, 120
"""Of what comes in, an unsigned byte."""
RESULT_SCALE, RESULT_ZERO = 0.04, 90
RNG = np.random.default_rng(0)


def model_of(
    nodes: Sequence[onnx.NodeProto], shape: Sequence[int], constants: dict[str, Any], output: str = "y"
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    domains = [helper.make_opsetid("", 20), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=domains, ir_version=9)


def around(node: onnx.NodeProto, shape: Sequence[int], constants: dict[str, Any]) -> onnx.ModelProto:
    """A model that rounds its input, does one thing in whole numbers, and says what these stand for."""
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        node,
        helper.make_node("DequantizeLinear", ["p", "rs", "rz"], ["y"]),
    ]
    scales = {
        "s": np.float32(SCALE),
        "z": np.uint8(ZERO),
        "rs": np.float32(RESULT_SCALE),
        "rz": np.uint8(RESULT_ZERO),
    }
    return model_of(nodes, shape, scales | constants)


def run(model: onnx.ModelProto, x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(open_in_memory(model).run(None, {"x": x})[0])


def weights(*shape: int) -> NDArray[np.int8]:
    return RNG.integers(-60, 60, shape).astype(np.int8)


IN, OUT = ["q", "s", "z"], ["rs", "rz"]
PER_CHANNEL = {
    "w": weights(4, 3, 3, 3),
    "ws": np.array([0.01, 0.02, 0.015, 0.005], np.float32),
    "wz": np.zeros(4, np.int8),
    "b": np.array([900, -400, 0, 77], np.int32),
}
IMAGE, ROWS = (2, 3, 6, 6), (2, 5)

CASES = {
    "QLinearConv": (
        helper.make_node(
            "QLinearConv", [*IN, "w", "ws", "wz", *OUT, "b"], ["p"], strides=[2, 1], pads=[1, 1, 0, 1]
        ),
        IMAGE,
        PER_CHANNEL,
    ),
    "QLinearMatMul": (
        helper.make_node("QLinearMatMul", [*IN, "w", "ws", "wz", *OUT], ["p"]),
        ROWS,
        {"w": weights(5, 3), "ws": np.float32(0.02), "wz": np.int8(3)},
    ),
    "QLinearMatMul, a scale each": (
        helper.make_node("QLinearMatMul", [*IN, "w", "ws", "wz", *OUT], ["p"]),
        ROWS,
        {"w": weights(5, 3), "ws": np.array([0.02, 0.01, 0.03], np.float32), "wz": np.zeros(3, np.int8)},
    ),
    "QGemm": (
        helper.make_node(
            "QGemm", [*IN, "w", "ws", "wz", "b", *OUT], ["p"], domain=MICROSOFT, transB=1, alpha=0.5
        ),
        ROWS,
        {
            "w": weights(3, 5),
            "ws": np.array([0.02, 0.01, 0.03], np.float32),
            "wz": np.zeros(3, np.int8),
            "b": np.array([500, -300, 20], np.int32),
        },
    ),
    "QLinearAdd": (
        helper.make_node("QLinearAdd", [*IN, "c", "cs", "cz", *OUT], ["p"], domain=MICROSOFT),
        IMAGE,
        {
            "c": RNG.integers(0, 255, (1, 3, 6, 6)).astype(np.uint8),
            "cs": np.float32(0.03),
            "cz": np.uint8(100),
        },
    ),
    "QLinearMul": (
        helper.make_node("QLinearMul", [*IN, "c", "cs", "cz", *OUT], ["p"], domain=MICROSOFT),
        IMAGE,
        {
            "c": RNG.integers(0, 255, (1, 3, 1, 1)).astype(np.uint8),
            "cs": np.float32(0.01),
            "cz": np.uint8(100),
        },
    ),
    "QLinearSigmoid": (helper.make_node("QLinearSigmoid", [*IN, *OUT], ["p"], domain=MICROSOFT), ROWS, {}),
    "QLinearLeakyRelu": (
        helper.make_node("QLinearLeakyRelu", [*IN, *OUT], ["p"], domain=MICROSOFT, alpha=0.3),
        ROWS,
        {},
    ),
    "QLinearSoftmax": (
        helper.make_node("QLinearSoftmax", [*IN, *OUT], ["p"], domain=MICROSOFT, axis=1, opset=13),
        ROWS,
        {},
    ),
    "QLinearGlobalAveragePool": (
        helper.make_node("QLinearGlobalAveragePool", [*IN, *OUT], ["p"], domain=MICROSOFT, channels_last=0),
        IMAGE,
        {},
    ),
    "QLinearAveragePool": (
        helper.make_node(
            "QLinearAveragePool", [*IN, *OUT], ["p"], domain=MICROSOFT, kernel_shape=[2, 2], strides=[2, 2]
        ),
        IMAGE,
        {},
    ),
    "QLinearConcat": (
        helper.make_node("QLinearConcat", [*OUT, *IN, "c", "cs", "cz"], ["p"], domain=MICROSOFT, axis=1),
        IMAGE,
        {
            "c": RNG.integers(0, 255, (2, 2, 6, 6)).astype(np.uint8),
            "cs": np.float32(0.03),
            "cz": np.uint8(100),
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_opened_operator_answers_as_the_runtime_does(name: str) -> None:
    node, shape, constants = CASES[name]
    model = around(node, shape, constants)
    x = RNG.standard_normal(shape).astype(np.float32)
    expected = run(model, x)
    qoperator_to_qdq(model)
    assert not {entry.op_type for entry in model.graph.node} & set(OPENINGS)
    found = run(model, x)
    assert np.ptp(expected) > 3 * RESULT_SCALE, "it says something"
    np.testing.assert_allclose(found, expected, atol=1.01 * RESULT_SCALE)  # halves are rounded either way
    assert np.count_nonzero(found != expected) <= max(1, 0.1 * found.size)


def test_every_operator_is_tried() -> None:
    assert {name.partition(",")[0] for name in CASES} == set(OPENINGS)


@pytest.mark.parametrize("op_type", ["MaxPool", "Flatten", "Transpose"])
def test_what_only_moves_whole_numbers_moves_what_they_stand_for(op_type: str) -> None:
    attributes = {"MaxPool": {"kernel_shape": [2, 2]}, "Transpose": {"perm": [0, 2, 3, 1]}}.get(op_type, {})
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        helper.make_node("QLinearSigmoid", [*IN, *OUT], ["p"], domain=MICROSOFT),
        helper.make_node(op_type, ["p"], ["m"], **attributes),
        helper.make_node("DequantizeLinear", ["m", "rs", "rz"], ["y"]),
    ]
    scales = {"s": np.float32(SCALE), "z": np.uint8(ZERO), "rs": np.float32(0.004), "rz": np.uint8(0)}
    model = model_of(nodes, IMAGE, scales)
    x = RNG.standard_normal(IMAGE).astype(np.float32)
    expected = run(model, x)
    qoperator_to_qdq(model)
    before = {node.output[0]: node for node in model.graph.node}
    (moving,) = [node for node in model.graph.node if node.op_type == op_type]
    assert before[moving.input[0]].op_type == "DequantizeLinear"
    np.testing.assert_allclose(run(model, x), expected, atol=0.0041)


class Images(CalibrationDataReader):
    """Eight images of noise, once."""

    def __init__(self) -> None:
        self._left = [np.random.default_rng(seed).random((1, 3, 24, 24), np.float32) for seed in range(8)]

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        return {"x": self._left.pop()} if self._left else None


def convolutional(path: Path) -> Path:
    """A classifier with a residual sum, a maximum and a fully connected head."""
    rng = np.random.default_rng(7)
    constants = {
        "k1": rng.standard_normal((8, 3, 3, 3)).astype(np.float32) / 5,
        "k2": rng.standard_normal((8, 8, 3, 3)).astype(np.float32) / 9,
        "head": rng.standard_normal((8, 5)).astype(np.float32),
        "bias": rng.standard_normal(5).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["x", "k1"], ["c1"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("MaxPool", ["r1"], ["m"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["m", "k2"], ["c2"], pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["c2", "m"], ["sum"]),
        helper.make_node("GlobalAveragePool", ["sum"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Gemm", ["flat", "head", "bias"], ["y"]),
    ]
    model = model_of(nodes, [1, 3, 24, 24], constants)
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 5]))
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("per_channel", [False, True])
def test_a_network_in_whole_numbers_has_the_gradients_of_its_other_form(
    tmp_path: Path, per_channel: bool
) -> None:
    source = convolutional(tmp_path / "real.onnx")
    explanations = []
    image = np.random.default_rng(3).integers(0, 256, (24, 24, 3), np.uint8)
    for form in (QuantFormat.QOperator, QuantFormat.QDQ):
        file = tmp_path / f"{form.name}.onnx"
        quantize_static(
            source,
            file,
            Images(),
            quant_format=form,
            per_channel=per_channel,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
        )
        adopt(file, tmp_path / f"{form.name}.pair.onnx", preprocessing="unit")
        explainer = Explainer(tmp_path / f"{form.name}.pair.onnx")
        explanation = explainer.explain(image, classes=[0, 1, 2, 3, 4])
        explanations.append((explanation, explainer.gradients(explanation)))
        pixels = image.transpose(2, 0, 1)[None] / np.float32(255)
        answer = run(onnx.load(file), pixels)
        np.testing.assert_allclose(explanation.logits, answer[0], rtol=1e-4, atol=0.02)
    assert "QLinearConv" in {node.op_type for node in onnx.load(tmp_path / "QOperator.onnx").graph.node}
    (whole, found), (other, expected) = explanations
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6 * np.abs(expected).max())
    np.testing.assert_allclose(whole.tensors["activations"], other.tensors["activations"], atol=0.05)


def test_a_scale_that_is_computed_is_refused_by_name() -> None:
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        helper.make_node("ReduceMax", ["x"], ["scale"], keepdims=0),
        helper.make_node("QLinearSigmoid", ["q", "s", "z", "scale", "rz"], ["p"], "gate", domain=MICROSOFT),
        helper.make_node("DequantizeLinear", ["p", "rs", "rz"], ["y"]),
    ]
    scales = {"s": np.float32(1), "z": np.uint8(0), "rs": np.float32(1), "rz": np.uint8(0)}
    with pytest.raises(ModelError, match="'gate' is QLinearSigmoid and computes its scale 'scale'"):
        qoperator_to_qdq(model_of(nodes, ROWS, scales))


def test_channels_last_is_refused_by_name() -> None:
    node = helper.make_node(
        "QLinearGlobalAveragePool", [*IN, *OUT], ["p"], "pool", domain=MICROSOFT, channels_last=1
    )
    with pytest.raises(ModelError, match="'pool' is QLinearGlobalAveragePool and keeps channels last"):
        qoperator_to_qdq(around(node, IMAGE, {}))
