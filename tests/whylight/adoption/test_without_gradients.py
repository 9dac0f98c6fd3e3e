"""Networks that cannot be differentiated, adopted for the methods that need no gradients, and explained.

Each looks at the upper left quarter of the image alone: there, and nowhere else, covering it must matter.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from tests.whylight.helpers.classifiers import (
    CLASSES,
    SIZE,
    network,
    node,
    plain,
    plain_constants,
    plain_nodes,
    saved,
)
from tests.whylight.helpers.undifferentiable import (
    HIDDEN,
    IMAGES,
    QUARTER,
    branch,
    dynamically_quantised,
    four_bits,
    linear_classifier,
    loop,
    mixing,
    mlp,
    perceptron,
    perceptron_nodes,
    sequence,
    without_a_rule,
)
from whylight import Explainer, adopt
from whylight.errors import ModelError
from whylight.pair.metadata import GRADIENTS_KEY, gradient_path

_NETWORKS = [
    mlp,
    dynamically_quantised,
    four_bits,
    without_a_rule,
    loop,
    branch,
    mixing,
    sequence,
    linear_classifier,
]
_Writer = Callable[[Path], Path]


def _points_at_the_quarter(map_: NDArray[np.float32]) -> None:
    height, width = map_.shape
    inside = np.zeros(map_.shape, bool)
    inside[: -(-height // 2) + 1, : -(-width // 2) + 1] = True  # a square covers its neighbours too
    place = np.unravel_index(map_.argmax(), map_.shape)
    assert inside[place]
    assert map_[inside].mean() > 5 * np.abs(map_[~inside]).mean()


@pytest.mark.parametrize("write", _NETWORKS, ids=lambda write: write.__name__)
def test_it_is_refused_with_the_way_that_works_and_then_explained(write: _Writer, tmp_path: Path) -> None:
    path, out = write(tmp_path), tmp_path / "alone.onnx"
    with pytest.raises(
        ModelError, match=r"`whylight adopt --without-gradients` adopts it as it is, for occl.*$"
    ):
        adopt(path, out, preprocessing="unit")
    assert not out.exists()
    pair = adopt(path, out, preprocessing="unit", without_gradients=True)
    assert pair.gradient is None
    assert not gradient_path(out).exists()
    assert pair.card.verification["adoption_difference"] < 1e-5

    explainer = Explainer(out, ["CPUExecutionProvider"])
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    planes = (IMAGES.transpose(0, 3, 1, 2) / 255).astype(np.float32)
    expected = np.concatenate([session.run(None, {"x": plane[None]})[0] for plane in planes])
    np.testing.assert_allclose(explainer.logits(IMAGES), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(explainer.logits(IMAGES[3:4]), expected[3:4], rtol=1e-4, atol=1e-5)

    found = explainer.explain(IMAGES[0], classes=[0])
    assert found.method == "occlusion"
    _points_at_the_quarter(found.maps[0])
    assert found.maps[0].max() > 0.01 * np.abs(expected[0]).max()


@pytest.mark.parametrize("write", [mlp, dynamically_quantised], ids=["mlp", "dynamic"])
def test_rise_points_there_too(write: _Writer, tmp_path: Path) -> None:
    adopt(write(tmp_path), tmp_path / "alone.onnx", preprocessing="unit", without_gradients=True)
    found = Explainer(tmp_path / "alone.onnx").explain(IMAGES[0], classes=[0], method="rise")
    assert found.maps[0][QUARTER].mean() > 5 * abs(found.maps[0][~QUARTER].mean())


@pytest.mark.parametrize(
    ("write", "layer"), [(four_bits, "planes"), (without_a_rule, "planes")], ids=["four_bits", "rule"]
)
def test_a_layer_is_kept_for_the_methods_that_need_one(write: _Writer, layer: str, tmp_path: Path) -> None:
    pair = adopt(write(tmp_path), tmp_path / "alone.onnx", preprocessing="unit", without_gradients=True)
    assert pair.card.target_layer == layer
    explainer = Explainer(tmp_path / "alone.onnx")
    assert explainer.methods == ("occlusion", "rise", "score-cam", "ablation-cam")
    for method in ("score-cam", "ablation-cam"):
        assert explainer.explain(IMAGES[0], classes=[0], method=method).maps.shape == (1, *SIZE)


def test_a_large_model_is_adopted_as_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its weights lie in a file of their own, outside of the loop over the images."""
    expected = adopt(mixing(tmp_path), tmp_path / "small.onnx", preprocessing="unit", without_gradients=True)
    assert not any(tensor.name == "first" for tensor in expected.forward.graph.initializer)
    for place in ("whylight.pair.files", "whylight.adoption.per_image_scan"):
        monkeypatch.setattr(f"{place}.LARGEST_MESSAGE", 0)
    monkeypatch.setattr("whylight.runtime.external_weights._HANDED_OVER_SIZE", 64)
    adopt(tmp_path / "theirs.onnx", tmp_path / "large.onnx", preprocessing="unit", without_gradients=True)
    assert (tmp_path / "large.onnx.data").stat().st_size > 0
    small, large = (Explainer(tmp_path / f"{name}.onnx") for name in ("small", "large"))
    np.testing.assert_allclose(large.logits(IMAGES), small.logits(IMAGES), rtol=1e-5, atol=1e-6)
    _points_at_the_quarter(large.explain(IMAGES[0], classes=[0]).maps[0])


def test_maps_that_only_the_runtime_can_read_are_no_layers(tmp_path: Path) -> None:
    """ONNX Runtime's last optimisation keeps channels in blocks: read as they lie, they would be mixed up."""
    constants = {
        "w1": np.random.default_rng(1).standard_normal((16, 3, 3, 3)),
        "w2": np.random.default_rng(2).standard_normal((16, 16, 3, 3)),
        "head": np.random.default_rng(3).standard_normal((16, CLASSES)),
    }
    path = saved(network(plain_nodes(), constants), tmp_path, "plain.onnx")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(tmp_path / "theirs.onnx")
    plainly = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    if not any("nchwc" in entry.domain for entry in onnx.load(tmp_path / "theirs.onnx").graph.node):
        pytest.skip("on this processor ONNX Runtime keeps channels as they are")
    adopt(tmp_path / "theirs.onnx", tmp_path / "alone.onnx", preprocessing="unit", without_gradients=True)
    explainer = Explainer(tmp_path / "alone.onnx")
    assert explainer.methods == ("occlusion", "rise")
    planes = (IMAGES.transpose(0, 3, 1, 2) / 255).astype(np.float32)
    (expected,) = plainly.run(["scores"], {"x": planes})
    np.testing.assert_allclose(explainer.logits(IMAGES), expected, rtol=1e-4, atol=1e-4)


def test_all_that_adoption_does_otherwise_is_done(tmp_path: Path) -> None:
    """Channels last, half precision, a fixed batch, a softmax, labels."""
    real = perceptron()
    planes = [
        node("Transpose", "x", "planes", perm=[0, 3, 1, 2]),
        node("ReduceMax", "planes", "most", keepdims=0),
        node("Div", "planes most", "relative"),
    ]
    nodes = [*planes, *perceptron_nodes("relative"), node("Softmax", "scores", "chances")]
    half = {name: value.astype(np.float16) for name, value in real.items()}
    shapes = {"x": [1, *SIZE, 3]}
    model = network(nodes, half, ["chances"], inputs=shapes, element=TensorProto.FLOAT16)
    pair = adopt(
        saved(model, tmp_path),
        tmp_path / "alone.onnx",
        preprocessing="unit",
        labels=("ant", "bass", "crab", "duck"),
        without_gradients=True,
    )
    for note in ("before the final Softmax", "float16", "one after the other", "no gradients"):
        assert note in pair.card.notes
    assert pair.card.classes[3] == "duck"
    assert {entry.key: entry.value for entry in pair.forward.metadata_props}[GRADIENTS_KEY] == "none"
    relative = IMAGES[0].transpose(2, 0, 1) / IMAGES[0].max()
    expected = np.maximum(relative.reshape(1, -1) @ half["first"].astype(float), 0) @ half["second"].astype(
        float
    )
    np.testing.assert_allclose(
        Explainer(tmp_path / "alone.onnx").logits(IMAGES)[:1], expected, rtol=1e-4, atol=1e-5
    )


def test_a_network_with_gradients_can_do_without(tmp_path: Path) -> None:
    """A fixed batch that can be made free is: then images go together."""
    nodes = plain_nodes()
    nodes[5] = node("Reshape", "pooled one_row", "flat")
    constants = {**plain_constants(), "one_row": np.array([1, 6])}
    path = saved(network(nodes, constants, inputs={"x": [1, 3, *SIZE]}), tmp_path)
    pair = adopt(path, tmp_path / "alone.onnx", preprocessing="unit", without_gradients=True, layer="relu1")
    assert pair.card.target_layer == "relu1"
    assert "any number" in pair.card.notes
    assert not any(entry.op_type == "Scan" for entry in pair.forward.graph.node)
    expected = adopt(path, tmp_path / "pair.onnx", preprocessing="unit", layer="relu1")
    assert expected.gradient is not None
    alone, whole = Explainer(tmp_path / "alone.onnx"), Explainer(tmp_path / "pair.onnx")
    np.testing.assert_allclose(alone.logits(IMAGES), whole.logits(IMAGES), rtol=1e-5, atol=1e-6)
    for method in ("score-cam", "ablation-cam"):
        maps = [explainer.explain(IMAGES[0], method=method).maps for explainer in (alone, whole)]
        np.testing.assert_allclose(*maps, rtol=1e-4, atol=1e-5)


def _two_images() -> onnx.ModelProto:
    nodes = [node("Add", "left right", "x"), *perceptron_nodes()]
    return network(nodes, perceptron(), inputs={"left": ["N", 3, *SIZE], "right": ["N", 3, *SIZE]})


def _quantised_detector() -> onnx.ModelProto:
    """What is refused first is its quantisation; what it is shows later."""
    nodes = [
        node("DynamicQuantizeLinear", "x", "whole scale zero"),
        node("DequantizeLinear", "whole scale zero", "real"),
        *plain_nodes("real")[:4],
        node("Reshape", "relu2 rows", "flat"),
        node("Transpose", "flat", "boxes", perm=[0, 2, 1]),
    ]
    return network(nodes, {**plain_constants(), "rows": np.array([0, 6, -1])}, ["boxes"])


def _unknown_operator() -> onnx.ModelProto:
    model = plain()
    model.graph.node[1].domain = "com.example"
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    return model


def _constant_answer() -> onnx.ModelProto:
    constants = {**perceptron(), "second": np.zeros((HIDDEN, CLASSES))}
    return network(perceptron_nodes(), constants)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_two_images, "2 image inputs"),
        (_quantised_detector, "does not give one score for each class"),
        (_unknown_operator, r"ONNX Runtime cannot load the model.*com\.example"),
        (_constant_answer, "every image alike"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_nothing_is_promised_that_does_not_work(
    make: Callable[[], onnx.ModelProto], message: str, tmp_path: Path
) -> None:
    path = saved(make(), tmp_path)
    with pytest.raises(ModelError) as refused:
        adopt(path, preprocessing="unit")
    assert "without-gradients" not in str(refused.value)
    with pytest.raises(ModelError, match=message):
        adopt(path, tmp_path / "alone.onnx", preprocessing="unit", without_gradients=True)
    assert not (tmp_path / "alone.onnx").exists()


def test_a_wrong_wish_is_no_matter_of_gradients(tmp_path: Path) -> None:
    path = saved(plain(), tmp_path)
    for wish in ({"layer": "conv9"}, {"scores": "nothing"}, {"labels": ("one",)}):
        with pytest.raises(ModelError) as refused:
            adopt(path, preprocessing="unit", **wish)
        assert "without-gradients" not in str(refused.value)
