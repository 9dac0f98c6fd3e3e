"""Cuts, layouts and the default layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.whylight.helpers.classifiers import (
    CLASSES,
    SIZE,
    network,
    node,
    plain,
    plain_constants,
    plain_nodes,
    saved,
    transformer,
)
from whylight.adoption import adopt, prepare
from whylight.layers.find_layers import blocks
from whylight.layers.map_layout import MapLayout

_RNG = np.random.default_rng(8)
_SAME = _RNG.standard_normal((6, 6, 3, 3)) * 0.3


def _default(model: onnx.ModelProto, folder: Path) -> tuple[str, str]:
    layer, why = prepare(saved(model, folder)).default_layer
    return layer.name, why


def _with(places: int, *nodes: onnx.NodeProto, source: str, **constants: np.ndarray) -> onnx.ModelProto:
    """The plain network with nodes inserted; what follows takes `source`."""
    changed = plain_nodes()
    changed[places].input[0] = source
    changed[places:places] = nodes
    return network(changed, {**plain_constants(), **constants})


def test_the_last_convolution_before_activation_and_pooling(tmp_path: Path) -> None:
    model = _with(4, node("MaxPool", "relu2", "small", kernel_shape=[2, 2]), source="small")
    assert _default(model, tmp_path)[0] == "conv2"


def test_a_residual_stage_after_its_sum(tmp_path: Path) -> None:
    model = _with(
        4,
        node("Conv", "relu2 same", "branch", pads=[1, 1, 1, 1]),
        node("Add", "branch relu2", "sum"),
        node("Relu", "sum", "relu3"),
        node("AveragePool", "relu3", "small", kernel_shape=[2, 2]),
        source="small",
        same=_SAME,
    )
    name, why = _default(model, tmp_path)
    assert name == "relu3"
    assert "deepest map" in why


def test_joined_branches(tmp_path: Path) -> None:
    model = _with(
        4,
        node("Conv", "relu2 same", "left", pads=[1, 1, 1, 1]),
        node("MaxPool", "relu2", "right", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        node("Concat", "left right", "joined", axis=1),
        node("Conv", "joined narrow", "mixed"),
        source="joined",
        same=_SAME,
        narrow=_RNG.standard_normal((6, 12, 1, 1)),
    )
    model.graph.node[-1].input[1] = "wide_head"
    model.graph.initializer.append(
        onnx.numpy_helper.from_array(_RNG.standard_normal((12, CLASSES)).astype(np.float32), "wide_head")
    )
    assert _default(model, tmp_path)[0] == "joined"


def test_a_gate_by_a_layer_of_its_own_ends_the_walk(tmp_path: Path) -> None:
    """Squeeze and excitation: what the gate multiplies is not the convolution's output alone."""
    model = _with(
        4,
        node("GlobalAveragePool", "relu2", "squeezed"),
        node("Conv", "squeezed gate", "excited"),
        node("Sigmoid", "excited", "open"),
        node("Mul", "relu2 open", "gated"),
        source="gated",
        gate=_RNG.standard_normal((6, 6, 1, 1)),
    )
    assert _default(model, tmp_path)[0] == "gated"


def test_cuts_are_what_every_path_passes(tmp_path: Path) -> None:
    model = _with(
        4,
        node("Conv", "relu2 same", "branch", pads=[1, 1, 1, 1]),
        node("Add", "branch relu2", "sum"),
        source="sum",
        same=_SAME,
    )
    layers = {layer.name: layer for layer in prepare(saved(model, tmp_path)).layers}
    assert not layers["branch"].is_cut
    assert all(layers[name].is_cut for name in ("conv1", "relu1", "conv2", "relu2", "sum"))


def test_blocks_hold_what_only_local_operators_part(tmp_path: Path) -> None:
    adopted = prepare(saved(plain(), tmp_path))
    names = [[layer.name for layer in block] for block in blocks(adopted.layers, adopted.graph)]
    assert names == [["conv1", "relu1"], ["conv2", "relu2"]]


@pytest.mark.parametrize("class_token", [False, True])
def test_tokens_take_the_grid_of_their_patches(tmp_path: Path, class_token: bool) -> None:
    model = transformer(class_token=class_token, batch="dynamic")
    layers = {layer.name: layer for layer in prepare(saved(model, tmp_path)).layers}
    extra = 1 if class_token else 0
    assert layers["norm1"].layout == MapLayout(True, True, extra, 5, (2, 3))
    assert layers["patches"].layout == MapLayout(False, False, 0, 5, (2, 3))
    assert "likeness" not in layers


def test_channels_last_maps(tmp_path: Path) -> None:
    """A network that computes in NHWC behind its patches, as Swin does."""
    nodes = [
        node("Conv", "x patch", "patches", strides=[4, 4]),
        node("Transpose", "patches", "last", perm=[0, 2, 3, 1]),
        node("LayerNormalization", "last gain", "norm"),
        node("MatMul", "norm up", "wide"),
        node("Add", "wide last", "sum"),
        node("ReduceMean", "sum space", "summary", keepdims=0),
        node("Gemm", "summary out", "scores"),
    ]
    constants = {
        "patch": _RNG.standard_normal((5, 3, 4, 4)),
        "gain": np.ones(5),
        "up": _RNG.standard_normal((5, 5)),
        "space": np.array([1, 2]),
        "out": _RNG.standard_normal((5, CLASSES)),
    }
    adopted = prepare(saved(network(nodes, constants), tmp_path))
    layer, _ = adopted.default_layer
    assert layer.name == "sum"
    assert layer.layout == MapLayout(True, False, 0, 5, (2, 3))
    assert adopted.image.size == SIZE


def test_groups_of_a_norm_are_no_map(tmp_path: Path) -> None:
    """PyTorch's older exporter writes a group norm as an instance norm over flattened groups of channels.

    Those of 8 channels of 4 x 6 places in two groups are as long as the first map, 8 x 12.
    """
    model = _with(
        4,
        node("Conv", "relu2 wide", "eight"),
        node("Reshape", "eight grouped", "groups"),
        node("InstanceNormalization", "groups gain shift", "normed"),
        node("Reshape", "normed apart", "back"),
        node("Conv", "back narrow", "six"),
        node("Add", "six relu2", "sum"),
        source="sum",
        wide=_RNG.standard_normal((8, 6, 1, 1)),
        narrow=_RNG.standard_normal((6, 8, 1, 1)),
        grouped=np.array([0, 2, -1]),
        apart=np.array([0, 8, 4, 6]),
        gain=np.ones(2),
        shift=np.zeros(2),
    )
    layers = {layer.name: layer.layout for layer in prepare(saved(model, tmp_path)).layers}
    assert {"groups", "normed"}.isdisjoint(layers)
    assert layers["eight"] == layers["back"] == MapLayout(False, False, 0, 8, (4, 6))


def test_patches_cut_out_by_reshaping(tmp_path: Path) -> None:
    """Without a convolution, and behind a normalisation, whose result is no grid of patches."""
    nodes = [
        node("Sub", "x grey", "normalised"),
        node("Reshape", "normalised apart", "pieces"),
        node("Transpose", "pieces", "turned", perm=[0, 2, 4, 3, 5, 1]),
        node("Reshape", "turned rows", "patches"),
        node("MatMul", "patches embed", "tokens"),
        node("Tanh", "tokens", "bent"),
        node("ReduceMean", "bent one", "summary", keepdims=0),
        node("Gemm", "summary out", "scores"),
    ]
    constants = {
        "grey": np.full((1, 3, 1, 1), 0.5),
        "apart": np.array([-1, 3, 2, 4, 3, 4]),
        "rows": np.array([-1, 6, 48]),
        "embed": _RNG.standard_normal((48, 5)),
        "one": np.array([1]),
        "out": _RNG.standard_normal((5, CLASSES)),
    }
    layer, _ = prepare(saved(network(nodes, constants), tmp_path)).default_layer
    assert layer.name == "bent"
    assert layer.layout == MapLayout(True, True, 0, 5, (2, 3))


def test_places_sorted_into_windows_are_no_map(tmp_path: Path) -> None:
    """4 x 6 places as 6 windows of 4 places each, as NesT computes: those are not six rows of four."""
    model = _with(
        4,
        node("Reshape", "relu2 apart", "pieces"),
        node("Transpose", "pieces", "turned", perm=[0, 2, 4, 3, 5, 1]),
        node("Reshape", "turned windows", "grouped"),
        node("MatMul", "grouped mix", "mixed"),
        node("Reshape", "mixed back", "places"),
        node("Transpose", "places", "channels", perm=[0, 5, 1, 3, 2, 4]),
        node("Reshape", "channels whole", "map"),
        source="map",
        apart=np.array([-1, 6, 2, 2, 3, 2]),
        windows=np.array([-1, 6, 4, 6]),
        mix=_RNG.standard_normal((6, 6)),
        back=np.array([-1, 2, 3, 2, 2, 6]),
        whole=np.array([-1, 6, 4, 6]),
    )
    layers = {layer.name: layer.layout for layer in prepare(saved(model, tmp_path)).layers}
    assert {"grouped", "mixed"}.isdisjoint(layers)
    assert layers["map"] == MapLayout(False, False, 0, 6, (4, 6))


def test_two_ways_from_the_image_on(tmp_path: Path) -> None:
    """As in CrossViT: no map lies on both. The deepest on one of them is explained, and it is said why."""
    nodes = [
        *plain_nodes(),
        node("AveragePool", "x", "small", kernel_shape=[2, 2], strides=[2, 2]),
        node("Conv", "small w1", "conv3"),
        node("Relu", "conv3", "relu3"),
        node("ReduceMean", "relu3 space", "summary", keepdims=0),
        node("Gemm", "summary head", "others"),
        node("Add", "scores others", "both"),
    ]
    model = network(nodes, {**plain_constants(), "space": np.array([2, 3])}, ["both"])
    name, why = _default(model, tmp_path)
    assert name == "relu3"
    assert "no map lies on every path" in why
    assert "Not every path" in adopt(tmp_path / "theirs.onnx", preprocessing="unit").card.notes


def test_means_over_rows_are_no_grid(tmp_path: Path) -> None:
    """FocalNet takes them on its way to the mean: what has as many places later on is no strip."""
    model = _with(
        2,
        node("ReduceMean", "relu1 two", "strips"),
        node("ReduceMean", "strips three", "means"),
        node("Mul", "relu1 means", "weighted"),
        node("Conv", "weighted every_fourth", "coarse", strides=[4, 2]),
        source="coarse",
        two=np.array([2]),
        three=np.array([3]),
        every_fourth=_RNG.standard_normal((6, 6, 1, 1)),
    )
    layers = {layer.name: layer.layout for layer in prepare(saved(model, tmp_path)).layers}
    assert layers["strips"].size == (1, 12)
    assert layers["coarse"] == MapLayout(False, False, 0, 6, (2, 6))


def test_tokens_keep_their_places_through_attention_without_a_residual(tmp_path: Path) -> None:
    """As where LeViT's attention makes a map smaller: what is gathered lies where its query does."""
    model = transformer(class_token=False, batch="dynamic")
    (joined,) = [each for each in model.graph.node if each.output[0] == "after_attention"]
    joined.CopyFrom(node("Identity", "mixed", "after_attention"))
    layers = {layer.name: layer for layer in prepare(saved(model, tmp_path)).layers}
    assert layers["block"].layout == MapLayout(True, True, 0, 5, (2, 3))
    assert layers["block"].layout.is_followed
    assert "likeness" not in layers
