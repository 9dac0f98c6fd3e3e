"""Forms that programs give to classifiers, brought to one: branches, fused operators, quantisation, names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

from tests.whylight.helpers.classifiers import (
    CLASSES,
    HEAD,
    SIZE,
    network,
    node,
    plain,
    plain_constants,
    plain_nodes,
    run_pair,
    saved,
)
from whylight import adopt

_IMAGES = np.random.default_rng(2).integers(0, 256, (2, *SIZE, 3), np.uint8)
_INDEX = (1, 0, 1)
_WEIGHTS = np.random.default_rng(3).standard_normal((3, CLASSES))


def _results(model: onnx.ModelProto, folder: Path, layer: str = "conv2") -> dict[str, np.ndarray]:
    pair = adopt(saved(model, folder), preprocessing="imagenet", layer=layer)
    return run_pair(pair, _IMAGES, _INDEX, _WEIGHTS)


@pytest.fixture
def expected(tmp_path: Path) -> dict[str, np.ndarray]:
    """Of the plain network, in which nothing has to be brought into form."""
    return _results(plain(), tmp_path)


def _same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    for name in ("logits", "activations", "gradients"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-4, atol=1e-5)


def _if(condition: str, made: str) -> onnx.NodeProto:
    """Flatten or nothing, as exporters write a squeeze of an axis whose length they do not know."""
    then = helper.make_graph(
        [node("Flatten", "pooled", "shape")], "then", [], [onnx.ValueInfoProto(name="shape")]
    )
    other = helper.make_graph(
        [node("Identity", "pooled", "shape")], "else", [], [onnx.ValueInfoProto(name="shape")]
    )
    return helper.make_node("If", [condition], [made], "choice", then_branch=then, else_branch=other)


@pytest.mark.parametrize("computed", [False, True])
def test_a_branch_that_does_not_depend_on_the_image(tmp_path: Path, expected, computed: bool) -> None:
    nodes = plain_nodes()
    constants = {**plain_constants(), "always": np.array(True)}
    if computed:
        nodes[5:6] = [
            node("Shape", "pooled", "length", start=3),
            node("Equal", "length one", "known"),
            _if("known", "flat"),
        ]
        constants["one"] = np.array([1])
    else:
        nodes[5:6] = [_if("always", "flat")]
    _same(_results(network(nodes, constants), tmp_path), expected)


def test_branches_within_branches(tmp_path: Path, expected) -> None:
    nodes = plain_nodes()
    inner = _if("always", "chosen")
    then = helper.make_graph([inner], "outer", [], [onnx.ValueInfoProto(name="chosen")])
    other = helper.make_graph(
        [node("Identity", "pooled", "chosen")], "else", [], [onnx.ValueInfoProto(name="chosen")]
    )
    nodes[5:6] = [helper.make_node("If", ["always"], ["flat"], "outer", then_branch=then, else_branch=other)]
    constants = {**plain_constants(), "always": np.array(True)}
    _same(_results(network(nodes, constants), tmp_path), expected)


def test_a_file_that_the_runtime_optimised(tmp_path: Path, expected) -> None:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    onnxruntime.InferenceSession(saved(plain(), tmp_path), options, providers=["CPUExecutionProvider"])
    optimised = onnx.load(tmp_path / "optimised.onnx")
    assert "FusedConv" in {node.op_type for node in optimised.graph.node}
    _same(_results(optimised, tmp_path, "relu2::Conv"), expected)


_ONES = {"gain": np.ones(6), "shift": np.zeros(6)}


@pytest.mark.parametrize(
    ("fused", "plain_form", "constants"),
    [
        (
            node("FusedConv", "relu1 w2 - relu1", "y", activation="Relu", pads=[1, 1, 1, 1]),
            [
                node("Conv", "relu1 w2", "c", pads=[1, 1, 1, 1]),
                node("Add", "c relu1", "s"),
                node("Relu", "s", "y"),
            ],
            {},
        ),
        (
            node("FusedConv", "relu1 w2", "y", activation="Clip", activation_params=[0.0, 0.5]),
            [node("Conv", "relu1 w2", "c"), node("Clip", "c low high", "y")],
            {"low": np.array(0.0), "high": np.array(0.5)},
        ),
        (
            node("FusedConv", "relu1 w2", "y", activation="LeakyRelu", activation_params=[0.2]),
            [node("Conv", "relu1 w2", "c"), node("LeakyRelu", "c", "y", alpha=0.2)],
            {},
        ),
        (node("Gelu", "relu1", "y"), [node("Gelu", "relu1", "y")], {}),
        (node("FastGelu", "relu1", "y"), [node("Gelu", "relu1", "y", approximate="tanh")], {}),
        (
            node("QuickGelu", "relu1", "y", alpha=1.5),
            [node("Mul", "relu1 slope", "m"), node("Sigmoid", "m", "g"), node("Mul", "relu1 g", "y")],
            {"slope": np.array(1.5)},
        ),
    ],
)
def test_the_runtimes_own_operators(tmp_path: Path, fused, plain_form, constants) -> None:
    found = []
    for form in ([fused], plain_form):
        for made in form:
            made.domain = "com.microsoft" if form is not plain_form else ""
        nodes = [*plain_nodes()[:2], *form, node("GlobalAveragePool", "y", "pooled"), *plain_nodes()[5:]]
        model = network(nodes, {**plain_constants(), **constants})
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        found.append(_results(model, tmp_path, "conv1"))
    _same(*found)


def test_norms_fused_with_sums(tmp_path: Path) -> None:
    start = [*plain_nodes()[:2], node("Transpose", "relu1", "rows", perm=[0, 2, 3, 1])]
    flat = [node("Reshape", "rows tokens", "a")]
    end = [node("ReduceMean", "y one", "flat", keepdims=0), node("Gemm", "flat head", "scores")]
    constants = {
        "w1": plain_constants()["w1"],
        "head": HEAD,
        "tokens": np.array([-1, 96, 6]),
        "one": np.array([1]),
        **_ONES,
    }
    fused = node("SkipLayerNormalization", "a a gain shift", "y", epsilon=1e-5)
    fused.domain = "com.microsoft"
    forms = (
        [fused],
        [node("Add", "a a", "s"), node("LayerNormalization", "s gain shift", "y", epsilon=1e-5)],
    )
    found = []
    for form in forms:
        model = network([*start, *flat, *form, *end], constants)
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        found.append(_results(model, tmp_path, "conv1"))
    _same(*found)


def test_a_quantised_network_has_the_slopes_of_what_it_approximates(tmp_path: Path, expected) -> None:
    nodes = plain_nodes()
    nodes[4:4] = [
        node("QuantizeLinear", "relu2 step zero", "whole"),
        node("DequantizeLinear", "whole step zero", "real"),
    ]
    nodes[6].input[0] = "real"
    step = float(expected["activations"].max()) / 240
    constants = {**plain_constants(), "step": np.array(step), "zero": np.array(3, np.uint8)}
    pair = adopt(saved(network(nodes, constants), tmp_path), preprocessing="imagenet")
    assert pair.card.target_layer == "conv2"
    assert "straight through" in pair.card.notes
    found = run_pair(pair, _IMAGES, _INDEX, _WEIGHTS)
    assert found["activations"].max() < step * (255 - 3)  # nothing is clipped
    np.testing.assert_allclose(found["gradients"], expected["gradients"], rtol=1e-4, atol=1e-6)
    # It does round, each value by half a step at most.
    most = step / 2 * np.abs(plain_constants()["head"]).sum(0).max()
    assert 0 < np.abs(found["logits"] - expected["logits"]).max() <= 1.001 * most


def test_what_quantisation_clips_has_no_slope(tmp_path: Path, expected) -> None:
    nodes = plain_nodes()
    nodes[4:4] = [
        node("QuantizeLinear", "relu2 step zero", "whole"),
        node("DequantizeLinear", "whole step zero", "real"),
    ]
    nodes[6].input[0] = "real"
    constants = {**plain_constants(), "step": np.array(0.002), "zero": np.array(0, np.uint8)}
    found = _results(network(nodes, constants), tmp_path)
    clipped = found["activations"][list(_INDEX)] > 0.002 * 255.5
    assert 0.1 < clipped.mean() < 0.9
    np.testing.assert_allclose(
        found["gradients"], np.where(clipped, 0, expected["gradients"]), rtol=1e-4, atol=1e-6
    )


def test_a_row_of_scores_without_a_batch(tmp_path: Path, expected) -> None:
    nodes = [*plain_nodes(), node("Squeeze", "scores", "row")]
    model = network(nodes, plain_constants(), ["row"], inputs={"x": [1, 3, *SIZE]})
    _same(_results(model, tmp_path), expected)


def test_tensors_named_like_those_of_a_pair(tmp_path: Path, expected) -> None:
    names = {"x": "image", "relu2": "activations", "flat": "gradients", "scores": "logits"}
    model = plain()
    for made in model.graph.node:
        for tensors in (made.input, made.output):
            for place, name in enumerate(tensors):
                tensors[place] = names.get(name, name)
    model.graph.input[0].name, model.graph.output[0].name = "image", "logits"
    _same(_results(model, tmp_path), expected)


def test_class_names_of_a_label_map(tmp_path: Path) -> None:
    model = plain()
    named = helper.make_node(
        "ZipMap",
        ["scores"],
        ["by_name"],
        domain="ai.onnx.ml",
        classlabels_strings=["ant", "bass", "crab", "duck"],
    )
    model.graph.node.append(named)
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 1))
    del model.graph.output[:]
    model.graph.output.add(name="by_name")
    entry = model.graph.output[0].type.sequence_type.elem_type.map_type
    entry.key_type = onnx.TensorProto.STRING
    entry.value_type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    assert adopt(saved(model, tmp_path), preprocessing="unit").card.classes == ("ant", "bass", "crab", "duck")


def test_inputs_that_no_node_reads_are_dropped(tmp_path: Path, expected) -> None:
    """As tf2onnx leaves them of the constants of Keras' EfficientNet, which it folded."""
    model = plain(inputs={"x": ["N", 3, *SIZE], "mean/y": [1, 1, 1, 3], "mask": ["N", 1, 8, 8]})
    _same(_results(model, tmp_path), expected)
