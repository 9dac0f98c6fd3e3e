"""Adoption compares gradients with finite differences: wrong ones are refused, right ones never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from tests.whylight.helpers.classifiers import (
    CLASSES,
    HEAD,
    network,
    node,
    plain,
    plain_constants,
    saved,
    transformer,
)
from whylight.adoption import adopt, verify_gradients
from whylight.adoption.verify_gradients import GradientCheck
from whylight.autodiff import RULES, forward_values
from whylight.autodiff.node_context import NodeContext
from whylight.autodiff.registry import Cotangents
from whylight.errors import ModelError
from whylight.tensor_names import SCORE_WEIGHTS

WRONG = "differs from finite differences"


def _normed() -> onnx.ModelProto:
    """conv - norm - relu - max pool - conv - norm - relu - average - linear."""
    rng = np.random.default_rng(2)
    nodes = [
        node("Conv", "x w1", "conv1", pads=[1, 1, 1, 1]),
        node("BatchNormalization", "conv1 scale shift mean variance", "norm1"),
        node("Relu", "norm1", "relu1"),
        node("MaxPool", "relu1", "pool1", kernel_shape=[2, 2], strides=[2, 2]),
        node("Conv", "pool1 w2", "conv2", pads=[1, 1, 1, 1]),
        node("BatchNormalization", "conv2 scale shift mean variance", "norm2"),
        node("Relu", "norm2", "relu2"),
        node("GlobalAveragePool", "relu2", "pooled"),
        node("Flatten", "pooled", "flat"),
        node("Gemm", "flat head", "scores"),
    ]
    constants = {
        **plain_constants(),
        "scale": rng.uniform(0.5, 1.5, 6),
        "shift": rng.standard_normal(6) * 0.2,
        "mean": rng.standard_normal(6) * 0.2,
        "variance": rng.uniform(0.5, 1.5, 6),
    }
    return network(nodes, constants)


def _selecting() -> onnx.ModelProto:
    """A convolution, and the three places of the largest sums, read by row and place."""
    nodes = [
        node("Conv", "x w1", "conv1", pads=[1, 1, 1, 1]),
        node("Reshape", "conv1 rows", "planes"),
        node("Transpose", "planes", "tokens", perm=[0, 2, 1]),
        node("ReduceSum", "tokens two", "sums", keepdims=0),
        node("TopK", "sums three", "largest picked", axis=1),
        node("Shape", "x", "count", start=0, end=1),
        node("Squeeze", "count", "images"),
        node("Range", "zero images one", "row"),
        node("Unsqueeze", "row last", "column"),
        node("Shape", "picked", "shape"),
        node("Expand", "column shape", "numbers"),
        node("Unsqueeze", "numbers last", "number"),
        node("Unsqueeze", "picked last", "place"),
        node("Concat", "number place", "places", axis=2),
        node("GatherND", "tokens places", "chosen"),
        node("Tanh", "chosen", "bent"),
        node("ReduceMean", "bent one_axis", "flat", keepdims=0),
        node("Gemm", "flat head", "scores"),
    ]
    constants = {
        "w1": plain_constants()["w1"],
        "head": HEAD,
        "rows": np.array([-1, 6, 96]),
        "two": np.array([2]),
        "three": np.array([3]),
        "zero": np.array(0),
        "one": np.array(1),
        "last": np.array([-1]),
        "one_axis": np.array([1]),
    }
    return network(nodes, constants)


def _breaks(
    monkeypatch: pytest.MonkeyPatch, op_type: str, wrong: Callable[[NodeContext, str], Cotangents]
) -> None:
    monkeypatch.setitem(RULES, op_type, replace(RULES[op_type], function=wrong, pointwise=False))


def _as_if_linear(_node: NodeContext, cotangent: str) -> Cotangents:
    return (cotangent,)


def _half(op_type: str) -> Callable[[NodeContext, str], Cotangents]:
    """The rule of an operator, times one half."""
    right = RULES[op_type].function

    def wrong(node: NodeContext, cotangent: str) -> Cotangents:
        return right(node, node.op("Mul", cotangent, node.constant(0.5)))

    return wrong


def _first_input_only(op_type: str) -> Callable[[NodeContext, str], Cotangents]:
    right = RULES[op_type].function

    def wrong(node: NodeContext, cotangent: str) -> Cotangents:
        first, *others = right(node, cotangent)
        return (first, *(None for _ in others))

    return wrong


@pytest.mark.parametrize(
    ("op_type", "wrong", "model", "layer"),
    [
        ("Relu", _as_if_linear, plain(), None),
        ("Relu", _as_if_linear, plain(), "conv1"),
        ("GlobalAveragePool", _half("GlobalAveragePool"), plain(), None),
        ("BatchNormalization", _as_if_linear, _normed(), "conv1"),
        ("MaxPool", _half("MaxPool"), _normed(), "relu1"),
        ("Tanh", _as_if_linear, transformer(class_token=False, batch="dynamic"), "tokens"),
        ("Softmax", _as_if_linear, transformer(class_token=True, batch="dynamic"), "stream"),
        ("LayerNormalization", _as_if_linear, transformer(class_token=False, batch="dynamic"), "block"),
        ("Add", _first_input_only("Add"), transformer(class_token=False, batch="dynamic"), "tokens"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_rule_is_refused_and_nothing_is_written(
    op_type: str,
    wrong: Callable[[NodeContext, str], Cotangents],
    model: onnx.ModelProto,
    layer: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs, out = saved(model, tmp_path), tmp_path / "adopted.onnx"
    adopt(theirs, preprocessing="unit", layer=layer)
    _breaks(monkeypatch, op_type, wrong)
    with pytest.raises(ModelError, match=WRONG):
        adopt(theirs, out, preprocessing="unit", layer=layer)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["theirs.onnx"]


def test_row_numbers_of_images_in_place_of_scores_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = saved(_selecting(), tmp_path)
    adopt(theirs, preprocessing="unit")
    monkeypatch.setattr(forward_values, "find_row_numbers", lambda graph, probed: set())
    monkeypatch.setattr(NodeContext, "require_own_rows", lambda node, index: None)
    with pytest.raises(ModelError, match=f"one by one|{WRONG}"):
        adopt(theirs, preprocessing="unit")


def test_the_neighbouring_class_is_refused(tmp_path: Path) -> None:
    pair = adopt(saved(_normed(), tmp_path), preprocessing="unit")
    assert pair.gradient is not None
    GradientCheck(pair).require_right("conv2")
    graph = pair.gradient.graph
    for entry in graph.node:
        entry.input[:] = ["rolled" if name == SCORE_WEIGHTS else name for name in entry.input]
    order = np.roll(np.arange(CLASSES), 1)
    graph.initializer.append(numpy_helper.from_array(order, "order"))
    graph.node.insert(0, helper.make_node("Gather", [SCORE_WEIGHTS, "order"], ["rolled"], axis=1))
    with pytest.raises(ModelError, match=WRONG):
        GradientCheck(pair).require_right("conv2")


def test_the_norm_statistics_of_another_layer_are_refused(tmp_path: Path) -> None:
    pair = adopt(saved(_normed(), tmp_path), preprocessing="unit", layer="conv1")
    other = _normed()
    for tensor in other.graph.initializer:
        if tensor.name == "variance":
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor)[::-1].copy(), "variance"))
    folder = tmp_path / "other"
    folder.mkdir()
    wrong = adopt(saved(other, folder), preprocessing="unit", layer="conv1")
    with pytest.raises(ModelError, match=WRONG):
        GradientCheck(replace(pair, gradient=wrong.gradient)).require_right("conv1")


@pytest.mark.parametrize("in_double", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_right_gradients_are_never_refused(
    seed: int, in_double: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random networks of ReLU, MaxPool, attention and selection, at an early and at the default layer."""
    if not in_double:
        monkeypatch.setattr(verify_gradients, "_MOST_WORK", 0)
        monkeypatch.setattr(verify_gradients, "_LITTLE_WORK", 0)
    models = {
        "plain": (plain(), "relu1"),
        "normed": (_normed(), "relu1"),
        "tokens": (transformer(class_token=True, batch="dynamic"), "stream"),
        "selecting": (_selecting(), None),
    }
    for name, (model, early) in models.items():
        rng = np.random.default_rng(seed)
        for tensor in model.graph.initializer:
            value = numpy_helper.to_array(tensor)
            if value.dtype == np.float32 and tensor.name != "variance":
                other = (rng.standard_normal(value.shape) * value.std() + value.mean()).astype(np.float32)
                tensor.CopyFrom(numpy_helper.from_array(other, tensor.name))
        theirs = saved(model, tmp_path, f"{name}.onnx")
        for layer in {None, early}:
            adopt(theirs, preprocessing="unit", layer=layer)
