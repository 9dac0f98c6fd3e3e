"""The default layer does not hang on the exporter; what has no places or no influence is no layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from tests.whylight.helpers.classifiers import (
    CLASSES,
    finite_differences,
    network,
    node,
    plain_constants,
    plain_nodes,
    run_pair,
    saved,
    transformer,
)
from whylight import Explainer, adopt
from whylight.adoption import prepare
from whylight.errors import ModelError

CASES = Path(__file__).parents[1] / "cases"
_RNG = np.random.default_rng(21)


def _image(size: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (*size, 3), np.uint8)


def test_the_map_does_not_depend_on_whether_norms_were_folded(tmp_path: Path) -> None:
    maps = []
    for name in ("bn_kept", "bn_fused"):
        adopt(CASES / f"{name}.onnx", tmp_path / f"{name}.onnx", preprocessing="imagenet")
        with Explainer(tmp_path / f"{name}.onnx", providers=["CPUExecutionProvider"]) as explainer:
            maps.append(explainer.explain(_image((64, 64)), top=5).maps)
    assert np.abs(maps[1]).max() > 0
    np.testing.assert_allclose(maps[0], maps[1], rtol=0, atol=1e-4 * np.abs(maps[1]).max())


def test_a_channels_last_network_of_pytorch_has_exact_gradients() -> None:
    """Its flattening is `Gather 'node_as_strided'`, with the places of one image as constants."""
    theirs = CASES / "channels_last.onnx"
    pair = adopt(theirs, preprocessing="unit")
    images = np.stack([_image((64, 64)), _image((64, 64))[::-1]])
    weights = np.random.default_rng(4).standard_normal((3, len(pair.card.classes)))
    found = run_pair(pair, images, [1, 0, 1], weights)
    # From the mean over places on all is linear: the gradient is the head's, the same at every place.
    model = onnx.load(theirs)
    head = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}["h.weight"]
    places = np.prod(found["activations"].shape[2:])
    expected = (weights @ head.astype(np.float64) / places)[:, :, None, None]
    if pair.card.target_layer == "gelu_2":
        np.testing.assert_allclose(
            found["gradients"], np.broadcast_to(expected, found["gradients"].shape), rtol=1e-5, atol=1e-8
        )
    layer, scores = pair.card.target_layer, model.graph.output[0].name
    exact = finite_differences(
        model, layer, scores, images[1].transpose(2, 0, 1)[None].astype(np.float32) / 255, weights[0]
    )
    np.testing.assert_allclose(found["gradients"][0], exact[0], rtol=1e-4, atol=1e-4 * np.abs(exact).max())


def _attending(heads: int) -> onnx.ModelProto:
    """A normalised image, its tokens, and attention of heads with joined queries, keys and values."""
    nodes = [
        node("Sub", "x mean", "centred"),
        node("Div", "centred deviation", "normalised"),
        node("Conv", "normalised patch", "patches", strides=[4, 4]),
        node("Reshape", "patches rows", "planes"),
        node("Transpose", "planes", "tokens", perm=[0, 2, 1]),
        node("LayerNormalization", "tokens gain", "norm"),
        node("MatMul", "norm joint", "qkv"),
        node("Add", "qkv joint_shift", "shifted"),
        node("Reshape", "shifted apart", "heads"),
        node("Transpose", "heads", "turned", perm=[2, 0, 3, 1, 4]),
        node("Split", "turned", "q k v", axis=0, num_outputs=3),
        *(node("Squeeze", f"{name} first", f"{name}0") for name in "qkv"),
        node("Transpose", "k0", "kt", perm=[0, 1, 3, 2]),
        node("MatMul", "q0 kt", "likeness"),
        node("Softmax", "likeness", "attention"),
        node("Transpose", "attention", "by_pair", perm=[0, 2, 3, 1]),
        node("MatMul", "by_pair talk", "talked"),
        node("Transpose", "talked", "talking", perm=[0, 3, 1, 2]),
        node("MatMul", "talking v0", "mixed"),
        node("Transpose", "mixed", "together", perm=[0, 2, 1, 3]),
        node("Reshape", "together wide", "joined"),
        node("MatMul", "joined project", "projected"),
        node("Add", "projected tokens", "block"),
        node("ReduceMean", "block one", "summary", keepdims=0),
        node("Gemm", "summary out", "scores"),
    ]
    width = 4 * heads
    constants = {
        "mean": _RNG.standard_normal((1, 3, 1, 1)),
        "deviation": _RNG.uniform(0.5, 1.5, (1, 3, 1, 1)),
        "patch": _RNG.standard_normal((width, 3, 4, 4)) * 0.2,
        "rows": np.array([-1, width, 6]),
        "gain": _RNG.uniform(0.5, 1.5, width),
        "joint": _RNG.standard_normal((width, 3 * width)) * 0.4,
        "joint_shift": _RNG.standard_normal(3 * width),
        "apart": np.array([-1, 6, 3, heads, 4]),
        "first": np.array([0]),
        "talk": _RNG.standard_normal((heads, heads)),
        "wide": np.array([-1, 6, width]),
        "project": _RNG.standard_normal((width, width)) * 0.4,
        "one": np.array([1]),
        "out": _RNG.standard_normal((width, CLASSES)),
    }
    return network(nodes, constants)


@pytest.mark.parametrize("heads", [2, 3, 6])
def test_attention_and_the_normalised_image_are_no_layers(heads: int, tmp_path: Path) -> None:
    layers = {layer.name: layer for layer in prepare(saved(_attending(heads), tmp_path)).layers}
    assert list(layers) == ["patches", "planes", "tokens", "norm", "joined", "projected", "block"]
    assert adopt(tmp_path / "theirs.onnx", preprocessing="unit").card.target_layer in ("projected", "block")


def test_a_layer_without_influence_is_refused_everywhere(tmp_path: Path) -> None:
    theirs, path = saved(transformer(class_token=True, batch="dynamic"), tmp_path), tmp_path / "vit.onnx"
    with pytest.raises(ModelError, match="do not change with the places of layer 'normed'"):
        adopt(theirs, path, preprocessing="unit", layer="normed")
    assert not path.exists()
    adopt(theirs, path, preprocessing="unit")
    cpu = ["CPUExecutionProvider"]
    with Explainer(path, providers=cpu) as explainer:
        choices = {choice.name: choice for choice in explainer.layers()}
        assert choices.keys() >= {"stream", "normed"}
        main = [choice.name for choice in choices.values() if choice.is_main]
        assert main[-1].startswith("stream")
        with pytest.raises(ModelError, match="do not change with the places of layer 'normed'"):
            explainer.with_layer("normed")
    with pytest.raises(ModelError, match="do not change with the places of layer 'normed'"):
        Explainer(path, providers=cpu, layer="normed")


def test_a_convolution_with_two_uses_stays_the_layer(tmp_path: Path) -> None:
    """Only a norm that is on every path stands for the convolution before it."""
    nodes = plain_nodes()
    nodes[3:4] = [
        node("BatchNormalization", "conv2 scale shift mean variance", "norm2"),
        node("Add", "conv2 norm2", "sum"),
        node("Relu", "sum", "relu2"),
    ]
    constants = {
        **plain_constants(),
        "scale": _RNG.uniform(0.5, 1.5, 6),
        "shift": _RNG.standard_normal(6),
        "mean": _RNG.standard_normal(6),
        "variance": _RNG.uniform(0.5, 1.5, 6),
    }
    assert prepare(saved(network(nodes, constants), tmp_path)).default_layer[0].name == "conv2"
