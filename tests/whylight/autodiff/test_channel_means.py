"""Means of gradients without gradients: the same numbers, wherever the tail allows it, and nowhere else."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from whylight.autodiff import differentiate
from whylight.tensor_names import CHANNEL_MEANS

SHAPE = (3, 6, 6)
CLASSES = 4


def node(op_type: str, taken: str | list[str], made: str, **attributes: object) -> onnx.NodeProto:
    return helper.make_node(op_type, [taken] if isinstance(taken, str) else taken, [made], **attributes)


NORM = node("BatchNormalization", ["a", "scale", "bias", "mean", "variance"], "n")
POOL = {"kernel_shape": [3, 3], "strides": [2, 2]}
CHAINS = {
    "an average at once": [node("GlobalAveragePool", "a", "y")],
    "norm, relu, average": [NORM, node("Relu", "n", "r"), node("GlobalAveragePool", "r", "y")],
    "padding that does not count": [
        NORM, node("Relu", "n", "r"), node("AveragePool", "r", "y", **POOL, pads=[1, 1, 1, 1])
    ],
    "padding that counts": [
        node("Sigmoid", "a", "s"),
        node("AveragePool", "s", "y", **POOL, pads=[1, 0, 1, 1], count_include_pad=1),
    ],
    "rounding up": [node("Mish", "a", "m"), node("AveragePool", "m", "y", **POOL, ceil_mode=1)],
    "two averages, one before the last activation": [
        node("AveragePool", "a", "p", kernel_shape=[2, 2]),
        node("LeakyRelu", "p", "l", alpha=0.2),
        node("AveragePool", "l", "y", **POOL),
    ],
    "more behind the average": [
        node("HardSwish", "a", "h"),
        node("AveragePool", "h", "p", **POOL),
        node("Conv", ["p", "kernel"], "y"),
    ],
    "a sum with what goes past the target": [
        NORM, node("Relu", "n", "r"), node("Add", ["pictures", "r"], "s"), node("GlobalAveragePool", "s", "y")
    ],
    "a sum before the last activation": [
        node("Add", ["a", "pictures"], "s"), node("Relu", "s", "r"), node("AveragePool", "r", "y", **POOL)
    ],
    "an average that is spread again": [
        node("GlobalAveragePool", "a", "p"),
        node("Add", ["p", "pictures"], "s"),
        node("Relu", "s", "r"),
        node("AveragePool", "r", "y", **POOL),
    ],
    "the average as a reduction": [node("ReduceMean", ["a", "places"], "y", keepdims=1)],
    "a reduction after an activation, without its places": [
        node("Relu", "a", "r"), node("ReduceMean", ["r", "places"], "y", keepdims=0)
    ],
    "a reduction without its places at once": [node("ReduceMean", ["a", "from_behind"], "y", keepdims=0)],
    "clipped": [node("Clip", ["a", "low", "high"], "c"), node("GlobalAveragePool", "c", "y")],
}  # fmt: skip
OTHERS = {
    "a convolution first": [node("Conv", ["a", "kernel"], "c"), node("GlobalAveragePool", "c", "y")],
    "no average": [node("Relu", "a", "y")],
    "a reduction over channels, too": [
        node("Relu", "a", "r"), node("ReduceMean", ["r", "channels_too"], "y", keepdims=1)
    ],
    "the largest instead of the average": [node("MaxPool", "a", "y", **POOL)],
    "taken twice": [
        node("Relu", "a", "r"), node("GlobalAveragePool", "r", "p"), node("Add", ["p", "a"], "y")
    ],
    "times itself": [node("Mul", ["a", "a"], "s"), node("GlobalAveragePool", "s", "y")],
}  # fmt: skip


def network(nodes: list[onnx.NodeProto]) -> onnx.ModelProto:
    rng = np.random.default_rng(2)
    constants = {
        "one": np.array(1.3),
        "scale": rng.normal(size=3),
        "bias": rng.normal(size=3),
        "mean": rng.normal(size=3),
        "variance": rng.random(3) + 0.5,
        "kernel": rng.normal(size=(3, 3, 1, 1)),
        "low": np.array(-0.5),
        "high": np.array(0.7),
    }
    axes = {"places": [2, 3], "from_behind": [-1, -2], "channels_too": [1, 2, 3]}
    graph = helper.make_graph(
        [node("Mul", ["pictures", "one"], "a"), *nodes, node("Flatten", "y", "flat")],
        "network",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, ["N", *SHAPE])],
        [helper.make_tensor_value_info("flat", TensorProto.FLOAT, None)],
        [
            *(numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()),
            *(numpy_helper.from_array(np.array(value), name) for name, value in axes.items()),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (flat,) = session.run(None, {"pictures": np.zeros((1, *SHAPE), np.float32)})
    head = rng.normal(size=(flat.shape[1], CLASSES)).astype(np.float32)
    graph = model.graph
    graph.initializer.append(numpy_helper.from_array(head, "head"))
    graph.node.append(node("MatMul", ["flat", "head"], "logits"))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", CLASSES]))
    return model


@pytest.mark.parametrize("name", CHAINS)
def test_the_means_are_those_of_the_gradients(name: str) -> None:
    model = differentiate(network(CHAINS[name]), "a", "logits", SHAPE, means=True).model
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(3)
    feed = {
        "activations": rng.normal(size=(2, *SHAPE)).astype(np.float32),
        "image_index": np.array([1, 0, 1]),
        "score_weights": rng.normal(size=(3, CLASSES)).astype(np.float32),
    }
    if any(entry.name == "pictures" for entry in model.graph.input):
        feed["pictures"] = rng.normal(size=(2, *SHAPE)).astype(np.float32)
    # Whoever does not know of the further input gets the gradients, as ever.
    gradients, means = session.run(["gradients", CHANNEL_MEANS], feed)
    assert gradients.shape == (3, *SHAPE)
    np.testing.assert_allclose(means, gradients.mean(axis=(2, 3)), rtol=1e-5, atol=1e-6)
    assert np.abs(means).max() > 1e-3
    plain = differentiate(network(CHAINS[name]), "a", "logits", SHAPE).model
    assert "If" not in {entry.op_type for entry in plain.graph.node}
    other = onnxruntime.InferenceSession(plain.SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(gradients, other.run(["gradients"], feed)[0], rtol=1e-6)
    nothing, alone = session.run(["gradients", CHANNEL_MEANS], {**feed, "with_gradients": np.array(False)})
    assert nothing.shape == (0, *SHAPE)
    np.testing.assert_array_equal(alone, means)


@pytest.mark.parametrize("name", OTHERS)
def test_tails_that_mix_channels_or_keep_all_places_have_gradients_alone(name: str) -> None:
    model = differentiate(network(OTHERS[name]), "a", "logits", SHAPE, means=True).model
    assert [output.name for output in model.graph.output] == ["gradients"]
