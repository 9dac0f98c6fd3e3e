"""Somebody else's model becomes a pair that answers as the file does, with the right gradients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, external_data_helper, helper, numpy_helper

from tests.whylight.helpers.classifiers import (
    CLASSES,
    SIZE,
    finite_differences,
    network,
    node,
    plain,
    plain_constants,
    plain_nodes,
    run_pair,
    saved,
    transformer,
)
from whylight import Explainer, adopt
from whylight.adoption.preprocessing_presets import PRESETS, Preprocessing
from whylight.errors import ModelError
from whylight.graphs import builder, in_memory
from whylight.pair.build import Pair
from whylight.runtime import external_weights

_IMAGES = np.random.default_rng(2).integers(0, 256, (2, *SIZE, 3), np.uint8)
_WEIGHTS = np.random.default_rng(3).standard_normal((3, CLASSES))
_INDEX = (1, 0, 1)


def _normalised(images: np.ndarray, preset: Preprocessing = PRESETS["imagenet"]) -> np.ndarray:
    """What the network expects, `[N, 3, h, w]` RGB."""
    planes = images.transpose(0, 3, 1, 2) / 255
    mean, std = (np.reshape(values, (3, 1, 1)) for values in (preset.mean, preset.std))
    return ((planes - mean) / std).astype(np.float32)


def _answers(path: Path, images: np.ndarray) -> np.ndarray:
    """The file's own first output, one image at a time."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: image[None]})[0] for image in images])


def _require_exact(
    pair: Pair, model: onnx.ModelProto, layer: str, to_map, scores: str = "scores", images=_IMAGES
) -> None:
    """Gradients of three scores of two images equal finite differences of the file at its own tensor."""
    found = run_pair(pair, images, _INDEX, _WEIGHTS)["gradients"]
    inputs = _normalised(images)
    for m, image in enumerate(_INDEX):
        exact = finite_differences(model, layer, scores, inputs[image : image + 1], _WEIGHTS[m])
        np.testing.assert_allclose(found[m], to_map(exact)[0], rtol=1e-3, atol=1e-4)


def test_a_plain_classifier_end_to_end(tmp_path: Path) -> None:
    path = saved(plain(), tmp_path)
    out = tmp_path / "pair.onnx"
    pair = adopt(path, out, preprocessing="imagenet", labels=("ant", "bass", "crab", "duck"))
    assert pair.card.target_layer == "conv2"
    logits = run_pair(pair, _IMAGES, _INDEX, _WEIGHTS)["logits"]
    np.testing.assert_allclose(logits, _answers(path, _normalised(_IMAGES)), rtol=1e-4, atol=1e-5)
    _require_exact(pair, plain(), "conv2", lambda values: values)
    explanation = Explainer(out, ["CPUExecutionProvider"]).explain(_IMAGES[0], top=2)
    assert explanation.maps.shape == (2, 4, 6)


def test_a_large_model_is_adopted_as_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(plain(), tmp_path)
    expected = run_pair(adopt(path, preprocessing="imagenet"), _IMAGES, _INDEX, _WEIGHTS)
    # All that is done to save memory, at any size: weights handed over, sessions that keep one copy of them.
    monkeypatch.setattr(in_memory, "LARGE", 0)
    monkeypatch.setattr(external_weights, "_HANDED_OVER_SIZE", 32)
    monkeypatch.setattr(builder, "LARGE", 0)
    pair = adopt(path, tmp_path / "pair.onnx", preprocessing="imagenet")
    assert in_memory.quick_session_options(0).get_session_config_entry("session.disable_prepacking") == "1"
    found = run_pair(pair, _IMAGES, _INDEX, _WEIGHTS)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-5)
    assert Explainer(tmp_path / "pair.onnx").explain(_IMAGES[0]).maps.any()


@pytest.mark.parametrize("activation", ["Softmax", "LogSoftmax", "Sigmoid"])
def test_scores_are_taken_before_a_final_activation(tmp_path: Path, activation: str) -> None:
    nodes = [*plain_nodes(), node(activation, "scores", "answer")]
    path = saved(network(nodes, plain_constants(), ["answer"]), tmp_path)
    pair = adopt(path, preprocessing="imagenet")
    logits = run_pair(pair, _IMAGES, _INDEX, _WEIGHTS)["logits"]
    expected = _answers(saved(plain(), tmp_path, "plain.onnx"), _normalised(_IMAGES))
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)
    assert activation in pair.card.notes


def test_a_single_sigmoid_becomes_two_classes(tmp_path: Path) -> None:
    constants = {**plain_constants(), "head": plain_constants()["head"][:, :1]}
    nodes = [*plain_nodes(), node("Sigmoid", "scores", "answer")]
    path = saved(network(nodes, constants, ["answer"]), tmp_path)
    pair = adopt(path, tmp_path / "pair.onnx", preprocessing="imagenet", labels=("no", "yes"))
    found = Explainer(tmp_path / "pair.onnx", ["CPUExecutionProvider"]).predict(_IMAGES[0])
    expected = float(_answers(path, _normalised(_IMAGES))[0, 0])
    # The runtime's Sigmoid is right to some 1e-7 of one, which near zero is more than a ten-thousandth.
    np.testing.assert_allclose(found, [1 - expected, expected], rtol=1e-4, atol=1e-6)
    assert pair.card.classes == ("no", "yes")


def test_channels_last_images(tmp_path: Path) -> None:
    nodes = [node("Transpose", "x", "planes", perm=[0, 3, 1, 2]), *plain_nodes("planes")]
    path = saved(network(nodes, plain_constants(), inputs={"x": ["N", *SIZE, 3]}), tmp_path)
    logits = run_pair(adopt(path, preprocessing="imagenet"), _IMAGES, _INDEX, _WEIGHTS)["logits"]
    expected = _answers(path, _normalised(_IMAGES).transpose(0, 2, 3, 1))
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)


def test_caffe_means_blue_first_and_bytes(tmp_path: Path) -> None:
    path = saved(plain(), tmp_path)
    logits = run_pair(adopt(path, preprocessing="caffe"), _IMAGES, _INDEX, _WEIGHTS)["logits"]
    as_keras = _IMAGES[..., ::-1] - np.array([103.939, 116.779, 123.68])
    expected = _answers(path, as_keras.transpose(0, 3, 1, 2).astype(np.float32))
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-3)


def test_grey_images(tmp_path: Path) -> None:
    constants = {**plain_constants(), "w1": plain_constants()["w1"][:, :1]}
    path = saved(network(plain_nodes(), constants, inputs={"x": ["N", 1, *SIZE]}), tmp_path)
    logits = run_pair(adopt(path, preprocessing="unit"), _IMAGES, _INDEX, _WEIGHTS)["logits"]
    grey = (_IMAGES / 255) @ np.array([0.299, 0.587, 0.114])
    expected = _answers(path, grey[:, None].astype(np.float32))
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)


def test_half_precision_becomes_single(tmp_path: Path) -> None:
    model = plain(element=TensorProto.FLOAT16)
    for tensor in model.graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
    path = saved(model, tmp_path)
    pair = adopt(path, preprocessing="imagenet")
    found = run_pair(pair, _IMAGES, _INDEX, _WEIGHTS)
    expected = _answers(path, _normalised(_IMAGES).astype(np.float16))
    np.testing.assert_allclose(found["logits"], expected, atol=2e-2)
    assert {tensor.data_type for tensor in pair.forward.graph.initializer} <= {
        TensorProto.FLOAT,
        TensorProto.INT64,
    }
    assert "float16" in pair.card.notes


def test_external_weights_beside_the_model(tmp_path: Path) -> None:
    path = tmp_path / "theirs.onnx"
    onnx.save(plain(), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    pair = adopt(path, preprocessing="imagenet")
    _require_exact(pair, plain(), "conv2", lambda values: values)


@pytest.mark.parametrize("location", ["../secret.bin", "/etc/hostname"])
def test_external_weights_elsewhere_are_refused(tmp_path: Path, location: str) -> None:
    model = plain()
    external_data_helper.set_external_data(model.graph.initializer[0], location)
    model.graph.initializer[0].ClearField("raw_data")
    (tmp_path / "secret.bin").write_bytes(bytes(648))
    folder = tmp_path / "model"
    folder.mkdir()
    path = folder / "theirs.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="outside its folder"):
        adopt(path, preprocessing="imagenet")


def test_local_functions_are_opened(tmp_path: Path) -> None:
    body = [
        helper.make_node("Conv", ["a", "w"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["b"]),
    ]
    block = helper.make_function("theirs", "Block", ["a", "w"], ["b"], body, [helper.make_opsetid("", 20)])
    nodes = [helper.make_node("Block", ["x", "w1"], ["relu1"], domain="theirs"), *plain_nodes()[2:]]
    model = network(nodes, plain_constants())
    model.functions.append(block)
    model.opset_import.append(helper.make_opsetid("theirs", 1))
    pair = adopt(saved(model, tmp_path), preprocessing="imagenet")
    _require_exact(pair, plain(), "conv2", lambda values: values)


@pytest.mark.parametrize("batch", ["dynamic", "fixed"])
def test_a_class_token_leaves_the_norm_before_the_last_attention(tmp_path: Path, batch: str) -> None:
    model = transformer(class_token=True, batch=batch)
    pair = adopt(saved(model, tmp_path), preprocessing="imagenet")
    assert pair.card.target_layer == "norm1"
    found = run_pair(pair, _IMAGES, _INDEX, _WEIGHTS)
    assert found["activations"].shape == (2, 5, 2, 3)
    exact = transformer(class_token=True, batch="dynamic")
    _require_exact(pair, exact, "norm1", lambda values: _grid(values[:, 1:]))


def test_patches_that_are_averaged_are_explained_where_they_end(tmp_path: Path) -> None:
    model = transformer(class_token=False, batch="dynamic")
    pair = adopt(saved(model, tmp_path), preprocessing="imagenet")
    assert pair.card.target_layer == "normed"
    _require_exact(pair, model, "normed", _grid)


def test_the_stream_before_a_residual_branch_can_be_chosen(tmp_path: Path) -> None:
    model = transformer(class_token=True, batch="dynamic")
    pair = adopt(saved(model, tmp_path), preprocessing="imagenet", layer="stream")
    _require_exact(pair, model, "stream", lambda values: _grid(values[:, 1:]))


def test_a_layer_behind_the_last_attention_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = saved(transformer(class_token=True, batch="dynamic"), tmp_path)
    with pytest.raises(ModelError, match="only the class token counts"):
        adopt(path, preprocessing="imagenet", layer="block")


def _grid(tokens: np.ndarray) -> np.ndarray:
    return tokens.transpose(0, 2, 1).reshape(len(tokens), -1, 2, 3)


def test_everything_open_but_known_from_the_first_convolution(tmp_path: Path) -> None:
    """As transformers exports: no dimension is fixed, and the image may be scaled in the graph first."""
    nodes = [node("Div", "x scale", "scaled"), *plain_nodes("scaled")]
    constants = {**plain_constants(), "scale": np.array(2.0)}
    model = network(nodes, constants, inputs={"x": ["batch", "channels", "height", "width"]})
    pair = adopt(saved(model, tmp_path), preprocessing="imagenet", size=SIZE)
    logits = run_pair(pair, _IMAGES, _INDEX, _WEIGHTS)["logits"]
    expected = _answers(tmp_path / "theirs.onnx", _normalised(_IMAGES))
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)


def test_nodes_may_have_the_names_of_our_tensors(tmp_path: Path) -> None:
    """Names of nodes and of tensors are two things, and both may be taken in a file."""
    nodes = plain_nodes()
    ours = ("logits", "activations", "image", "place_scores", "boxes", "gradients", "images")
    for own, name in zip(nodes, ours, strict=True):
        own.name = name
    pair = adopt(saved(network(nodes, plain_constants()), tmp_path), preprocessing="unit")
    assert pair.gradient is not None
