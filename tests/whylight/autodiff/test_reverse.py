"""The sweep as a whole: what it takes from the forward graph, what it refuses, what it spares."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from tests.whylight.autodiff.networks import LOGITS, TARGET, Case
from whylight.autodiff import differentiate
from whylight.errors import ModelError, UnsupportedOperatorError


def _case(*nodes: onnx.NodeProto, **options: object) -> Case:
    return Case(name="", nodes=list(nodes), torch=lambda x: x, features=50, **options)


def _network(nodes: list[onnx.NodeProto], constants: dict[str, np.ndarray], width: int) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("pictures", onnx.TensorProto.FLOAT, ["N", 2, 4, 4])],
        [helper.make_tensor_value_info(LOGITS, onnx.TensorProto.FLOAT, ["N", width])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def test_an_operator_without_a_rule_is_named_with_its_node() -> None:
    case = _case(
        helper.make_node("Hardmax", ["a"], ["hard"], name="odd_one"),
        helper.make_node("Add", ["a", "hard"], ["y"]),
    )
    with pytest.raises(UnsupportedOperatorError, match=r"operator \w+ \(node '\w+'\)") as caught:
        differentiate(case.model(), TARGET, LOGITS, case.shape)
    assert (caught.value.op_type, caught.value.node_name) == ("Hardmax", "odd_one")


def test_an_operator_of_a_foreign_domain_does_not_borrow_a_rule() -> None:
    node = helper.make_node("Relu", ["a"], ["y"], domain="com.example", name="theirs")
    model = _case(helper.make_node("Relu", ["a"], ["y"])).model()
    model.graph.node[1].CopyFrom(node)
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    with pytest.raises(ModelError):  # the runtime does not know it either
        differentiate(model, TARGET, LOGITS, (2, 5, 5))


@pytest.mark.parametrize("missing", ["target", "logits"])
def test_a_missing_tensor_is_named(missing: str) -> None:
    case = _case(helper.make_node("Relu", ["a"], ["y"]))
    names = {"target": TARGET, "logits": LOGITS, missing: "nowhere"}
    with pytest.raises(ModelError, match="no tensor 'nowhere'"):
        differentiate(case.model(), names["target"], names["logits"], case.shape)


def test_a_layer_that_the_logits_do_not_depend_on_is_refused() -> None:
    case = _case(helper.make_node("Relu", ["a"], ["y"]), helper.make_node("Neg", ["a"], ["aside"]))
    with pytest.raises(ModelError, match="do not depend on the layer 'aside'"):
        differentiate(case.model(), "aside", LOGITS, case.shape)


def test_training_mode_is_refused_with_the_reason() -> None:
    case = _case(
        helper.make_node("Dropout", ["a", "ratio", "training"], ["y"], name="drop"),
        constants={"ratio": np.array(0.5), "training": np.array(True)},
    )
    with pytest.raises(UnsupportedOperatorError, match=r"Dropout \(node 'drop'\).*evaluation mode"):
        differentiate(case.model(), TARGET, LOGITS, case.shape)


def test_a_skip_around_the_target_becomes_a_further_input() -> None:
    """logits = flatten(relu(p) * relu(2 p)) W: at the second factor the gradient is W^T s * relu(p)."""
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((32, 3)).astype(np.float32)
    nodes = [
        helper.make_node("Relu", ["pictures"], ["skip"]),
        helper.make_node("Mul", ["pictures", "two"], ["doubled"]),
        helper.make_node("Relu", ["doubled"], [TARGET]),
        helper.make_node("Mul", [TARGET, "skip"], ["product"]),
        helper.make_node("Flatten", ["product"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w"], [LOGITS]),
    ]
    network = _network(nodes, {"two": np.array(2, np.float32), "w": weights}, 3)
    result = differentiate(network, TARGET, LOGITS, (2, 4, 4))
    assert result.extra_inputs == ("skip",)

    images = rng.standard_normal((2, 2, 4, 4)).astype(np.float32)
    skip = np.maximum(images, 0)
    session = onnxruntime.InferenceSession(
        result.model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    feed = {
        "activations": np.maximum(2 * images, 0),
        "image_index": np.array([1, 0, 1]),
        "score_weights": np.eye(3, dtype=np.float32),
        "skip": skip,
    }
    (found,) = session.run(["gradients"], feed)
    expected = [weights[:, m].reshape(2, 4, 4) * skip[image] for m, image in enumerate([1, 0, 1])]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_forward_values_are_computed_once_an_image() -> None:
    """Many scores of one image must not repeat its forward pass: Gather comes after the mask."""
    case = _case(
        helper.make_node("Mul", ["a", "c"], ["scaled"]),
        helper.make_node("Relu", ["scaled"], ["y"]),
        constants={"c": np.full((2, 1, 1), 3.0)},
    )
    nodes = differentiate(case.model(), TARGET, LOGITS, case.shape).model.graph.node
    (gather,) = (node for node in nodes if node.op_type == "Gather")
    (cast,) = (node for node in nodes if node.op_type == "Cast")
    assert gather.input[0] == cast.output[0]


def test_a_reused_layer_is_taken_and_not_computed_again() -> None:
    """logits = relu(flatten(a) U) V: with the hidden values given, the gradient is U (V s * (hidden > 0))."""
    rng = np.random.default_rng(1)
    first, second = (rng.standard_normal(size).astype(np.float32) for size in ((32, 5), (5, 3)))
    nodes = [
        helper.make_node("Mul", ["pictures", "two"], [TARGET]),
        helper.make_node("Flatten", [TARGET], ["flat"]),
        helper.make_node("Gemm", ["flat", "u"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["positive"]),
        helper.make_node("Gemm", ["positive", "v"], [LOGITS]),
    ]
    network = _network(nodes, {"two": np.array(2, np.float32), "u": first, "v": second}, 3)
    result = differentiate(network, TARGET, LOGITS, (2, 4, 4), reuse=True)
    assert result.extra_inputs == ("hidden",)
    assert sum(node.op_type == "Gemm" for node in result.model.graph.node) == 2  # backwards alone

    activations = rng.standard_normal((2, 2, 4, 4)).astype(np.float32)
    hidden = activations.reshape(2, 32) @ first
    session = onnxruntime.InferenceSession(
        result.model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    weights = rng.standard_normal((3, 3)).astype(np.float32)
    images = np.array([1, 0, 1])
    feed = {"activations": activations, "image_index": images, "score_weights": weights, "hidden": hidden}
    (found,) = session.run(["gradients"], feed)
    expected = ((weights @ second.T) * (hidden[images] > 0)) @ first.T
    np.testing.assert_allclose(found.reshape(3, 32), expected, rtol=1e-5, atol=1e-5)


def test_no_two_nodes_have_one_name() -> None:
    """Means are computed by a second copy of nodes that the gradients take, too; names may be like ours."""
    nodes = [
        helper.make_node("Mul", ["pictures", "two"], ["a"], name="first"),
        helper.make_node("GlobalAveragePool", ["a"], ["pooled:0"], name="mul"),
        helper.make_node("Conv", ["pooled:0", "kernel"], ["mixed:0"], name="mul_2"),
        helper.make_node("HardSwish", ["mixed:0"], ["bent:0"], name="relu"),
        helper.make_node("Flatten", ["bent:0"], [LOGITS], name="flatten"),
    ]
    kernel = np.random.default_rng(4).standard_normal((3, 2, 1, 1)).astype(np.float32)
    model = _network(nodes, {"two": np.array(2, np.float32), "kernel": kernel}, 3)
    tail = differentiate(model, "a", LOGITS, (2, 4, 4), means=True).model
    names = [node.name for node in tail.graph.node if node.name]
    assert len(set(names)) == len(names)
    onnxruntime.InferenceSession(tail.SerializeToString(), providers=["CPUExecutionProvider"])
