"""Layers before a normalisation give their place to what it makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

import whylight
from tests.whylight.helpers.classifiers import (
    SIZE,
    network,
    node,
    plain_constants,
    plain_nodes,
    saved,
    transformer,
)
from whylight.adoption import adopt, prepare

_RNG = np.random.default_rng(19)
_IMAGES = np.random.default_rng(20).integers(0, 256, (2, *SIZE, 3), np.uint8)


def _without(
    model: onnx.ModelProto, name: str, *nodes: onnx.NodeProto, **constants: object
) -> onnx.ModelProto:
    """The model with nodes in place of the one that makes the tensor `name`."""
    found = list(model.graph.node)
    at = next(i for i, each in enumerate(found) if name in each.output)
    del model.graph.node[:]
    model.graph.node.extend([*found[:at], *nodes, *found[at + 1 :]])
    for key, value in constants.items():
        tensor = onnx.numpy_helper.from_array(np.asarray(value, np.float32), key)
        model.graph.initializer.append(tensor)
    return model


def _layer_norm(name: str, source: str, *, shift: bool = True, centred: bool = True) -> list[onnx.NodeProto]:
    """LayerNorm as exporters before opset 17 write it, or RMSNorm."""
    nodes = [
        node("ReduceMean", source, "middle", axes=[-1]),
        node("Sub", f"{source} middle", "apart"),
        node("Pow", ("apart" if centred else source) + " two", "squared"),
        node("ReduceMean", "squared", "variance", axes=[-1]),
        node("Add", "variance small", "more"),
        node("Sqrt", "more", "spread"),
        node("Div", ("apart" if centred else source) + " spread", "divided"),
        node("Mul", "divided gain", "scaled" if shift else name),
    ]
    if not centred:
        del nodes[:2]
    return [*nodes, node("Add", "scaled shift", name)] if shift else nodes


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("shift", [True, False])
def test_a_norm_that_is_written_out(tmp_path: Path, centred: bool, shift: bool) -> None:
    model = transformer(class_token=True, batch="fixed")
    model.opset_import[0].version = 17  # the last in which means take their axes as an attribute
    nodes = _layer_norm("norm1", "stream", shift=shift, centred=centred)
    model = _without(model, "norm1", *nodes, two=2, small=1e-5)
    layer, why = prepare(saved(model, tmp_path)).default_layer
    assert layer.name == "norm1"
    assert why.endswith("behind its normalisation")


def test_what_two_norms_take_is_left(tmp_path: Path) -> None:
    """No tensor behind it holds all."""
    model = transformer(class_token=True, batch="fixed")
    other = node("LayerNormalization", "stream gain2 shift", "norm_of_values")
    gain = _RNG.uniform(0.5, 2, 5)
    model = _without(model, "values", other, node("MatMul", "norm_of_values v", "values"), gain2=gain)
    assert prepare(saved(model, tmp_path)).default_layer[0].name == "stream"


@pytest.mark.numbers
@pytest.mark.parametrize("layer", [None, "stream"])
def test_alike_and_unlike_differ(tmp_path: Path, layer: str | None) -> None:
    """What speaks against a likeness is not what speaks for it, as it is before a LayerNorm."""
    model = transformer(class_token=True, batch="fixed")
    path = tmp_path / "ours.onnx"
    adopt(saved(model, tmp_path), path, preprocessing="unit", answers="similarity", layer=layer)
    explainer = whylight.Explainer(path).comparing({"other": _IMAGES[1]})
    assert explainer.methods[0] == "layercam"
    result = explainer(_IMAGES[0], target="other")
    alike, unlike = result.maps, explainer(_IMAGES[0], target="other", against=True).maps
    noted = [str(note) for note in result.explanation.map_notes()]
    assert any("before a normalisation" in note for note in noted) is (layer == "stream")
    difference = np.abs(alike - unlike).max() / np.abs(alike).max()
    assert difference > 0.05 if layer is None else difference < 1e-3


@pytest.mark.numbers
@pytest.mark.parametrize("layer", [None, "conv2"])
def test_the_weights_of_grad_cam_are_no_rounding(tmp_path: Path, layer: str | None) -> None:
    """Before an InstanceNorm the gradients of each channel add up to zero over its places."""
    nodes = plain_nodes()
    nodes[3].input[0] = "norm2"
    nodes.insert(3, node("InstanceNormalization", "conv2 ones zeros", "norm2"))
    constants = {**plain_constants(), "ones": np.ones(6), "zeros": _RNG.standard_normal(6)}
    path = tmp_path / "ours.onnx"
    pair = adopt(saved(network(nodes, constants), tmp_path), path, preprocessing="unit", layer=layer)
    assert pair.card.target_layer == (layer or "norm2")
    explanation = whylight.Explainer(path).explain(_IMAGES[0], classes=[0, 1, 2], method="hirescam")
    gradients = explanation.gradients
    assert gradients is not None
    share = np.abs(gradients.mean(axis=(2, 3))).max() / np.abs(gradients).max()
    assert share > 1e-2 if layer is None else share < 1e-4


def test_a_norm_of_groups_is_no_reason(tmp_path: Path) -> None:
    """It takes away what a group has in common, and leaves each channel weights."""
    nodes = plain_nodes()
    nodes[3].input[0] = "norm2"
    nodes.insert(3, node("GroupNormalization", "conv2 ones zeros", "norm2", num_groups=2))
    constants = {**plain_constants(), "ones": np.ones(6), "zeros": np.zeros(6)}
    model = network(nodes, constants, opset=21)
    assert prepare(saved(model, tmp_path)).default_layer[0].name == "conv2"


@pytest.mark.parametrize("layer", ["norm1", "stream"])
def test_the_layers_listed_are_the_files_own(tmp_path: Path, layer: str) -> None:
    """And not what was put behind the target to give its tokens the form of a map."""
    model = transformer(class_token=True, batch="fixed")
    path = tmp_path / "ours.onnx"
    adopt(saved(model, tmp_path), path, preprocessing="unit", layer=layer)
    listed = [choice.name for choice in whylight.Explainer(path).layers()]
    assert layer in listed
    assert [name for name in listed if name.startswith(f"{layer}.")] == []
