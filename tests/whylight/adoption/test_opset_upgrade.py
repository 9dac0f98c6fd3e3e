"""Old operator sets are raised without a change of the answers: the runtime still runs the old ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tests.whylight.helpers.classifiers import (
    CLASSES,
    SIZE,
    network,
    node,
    plain_constants,
    plain_nodes,
    saved,
)
from whylight.adoption import prepare
from whylight.adoption.load_model import opset
from whylight.adoption.opset_upgrade import upgrade_opset
from whylight.errors import ModelError
from whylight.graphs.in_memory import open_in_memory
from whylight.tensor_names import LOGITS

_INTS = {
    "starts": np.array([1]),
    "ends": np.array([3]),
    "axes": np.array([2]),
    "k": np.array([2]),
    "places": np.zeros((2, 3, 1, 4), np.int64),
}
_REALS = {
    "scales": np.array([1, 1, 2, 2], np.float32),
    "scale": np.array([1, 2, 3], np.float32),
    "updates": np.ones((2, 3, 1, 4), np.float32),
}

CASES = [
    (7, node("BatchNormalization", "x scale scale scale scale", "y", spatial=1)),
    (7, node("Upsample", "x", "y", scales=[1.0, 1.0, 2.0, 2.0])),
    (7, node("Upsample", "x", "y", scales=[1.0, 1.0, 2.0, 2.0], mode="linear")),
    (9, node("Upsample", "x scales", "y")),
    (10, node("Resize", "x scales", "y", mode="linear")),
    (10, node("Resize", "x scales", "y")),
    (9, node("Slice", "x", "y", starts=[1, 0], ends=[3, 2], axes=[2, 3])),
    (9, node("Slice", "x", "y", starts=[0, 1], ends=[1, 3])),
    (9, node("TopK", "x", "y i", k=2, axis=3)),
    (9, node("Scatter", "x places updates", "y", axis=2)),
    (10, node("Clip", "x", "y", min=-0.5, max=0.5)),
    (10, node("Clip", "x", "y", max=0.5)),
    (10, node("Pad", "x", "y", pads=[0, 0, 1, 0, 0, 0, 0, 2], value=1.5)),
    (10, node("Pad", "x", "y", pads=[0, 0, 1, 0, 0, 0, 0, 2], mode="reflect")),
    (11, node("Dropout", "x", "y m", ratio=0.3)),
    (12, node("Softmax", "x", "y")),
    (12, node("Softmax", "x", "y", axis=2)),
    (12, node("Softmax", "x", "y", axis=3)),
    (12, node("LogSoftmax", "x", "y", axis=-2)),
    (12, node("Hardmax", "x", "y")),
    (12, node("Split", "x", "y z", axis=3)),
    (12, node("Split", "x", "y z", axis=3, split=[1, 3])),
    (17, node("Split", "x", "y z", axis=3)),
    (12, node("Unsqueeze", "x", "y", axes=[0, 3])),
    (12, node("ReduceSum", "x", "y", axes=[1, -1], keepdims=0)),
    (12, node("ReduceSum", "x", "y")),
    *(
        (17, node(f"Reduce{kind}", "x", "y", axes=[2], keepdims=0))
        for kind in ("L1", "L2", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare")
    ),
]


def _model(version: int, tried: onnx.NodeProto) -> onnx.ModelProto:
    constants = {**_INTS, **_REALS}
    used = [numpy_helper.from_array(constants[name], name) for name in tried.input if name in constants]
    graph = helper.make_graph(
        [tried],
        "old",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3, 2, 4])],
        [helper.make_tensor_value_info(tried.output[0], TensorProto.FLOAT, None)],
        list({tensor.name: tensor for tensor in used}.values()),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=8)


def _run(model: onnx.ModelProto) -> NDArray:
    x = np.random.default_rng(0).standard_normal((2, 3, 2, 4)).astype(np.float32)
    if model.graph.node[-1].op_type == "Pad":
        x = np.abs(x)
    return open_in_memory(model).run(["y"], {"x": x})[0]


@pytest.mark.parametrize(("version", "tried"), CASES, ids=lambda value: getattr(value, "op_type", str(value)))
def test_a_raised_operator_answers_alike(version: int, tried: onnx.NodeProto) -> None:
    model = _model(version, tried)
    expected = _run(model)
    upgrade_opset(model)
    assert opset(model) == 20
    context = onnx.checker.C.CheckerContext()
    context.ir_version, context.opset_imports = model.ir_version, {"": 20}
    for node_ in model.graph.node:
        onnx.checker.check_node(node_, context)
    np.testing.assert_allclose(_run(model), expected, rtol=1e-6)


def test_statistics_for_each_place_are_refused() -> None:
    model = _model(7, node("BatchNormalization", "x scale scale scale scale", "y", spatial=0))
    with pytest.raises(ModelError, match="spatial=0"):
        upgrade_opset(model)


@pytest.mark.parametrize("version", [7, 9, 11, 13, 15, 18, 21, 23])
def test_a_classifier_of_every_age(tmp_path: Path, version: int) -> None:
    """With initializers declared as inputs too, as files had them before IR version 4."""
    constants = {**plain_constants(), "b": np.zeros(CLASSES)}
    nodes = [*plain_nodes(), node("Softmax", "scores", "chances", axis=1)]
    nodes[6].input.append("b")
    model = network(nodes, constants, ["chances"], opset=version)
    model.ir_version = 3 if version < 9 else 8 if version < 20 else 11
    model.graph.input.extend(
        helper.make_tensor_value_info(tensor.name, TensorProto.FLOAT, tensor.dims)
        for tensor in model.graph.initializer
    )
    path = saved(model, tmp_path)
    adopted = prepare(path)
    assert adopted.scores.activation == "Softmax"
    image = np.random.default_rng(0).standard_normal((1, 3, *SIZE)).astype(np.float32)
    (logits,) = open_in_memory(adopted.model).run([LOGITS], {adopted.model.graph.input[0].name: image})
    file = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    chances = file.run(["chances"], {"x": image})[0]
    powers = np.exp(logits - logits.max())
    np.testing.assert_allclose(powers / powers.sum(), chances, rtol=1e-5)
