"""Another layer of an open pair is explained as if the pair had been made for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from tests.whylight.helpers.networks import (
    CARD,
    SIZE,
    SmallNetwork,
    random_image,
    small_network,
    small_pair,
)
from whylight.errors import ModelError
from whylight.explainer import Explainer
from whylight.layers.retarget import Layers, retarget_layer
from whylight.pair.build import Pair, build_pair
from whylight.pair.files import load_pair, save_pair

CPU = ["CPUExecutionProvider"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    save_pair(small_pair(), tmp_path / "small.onnx")
    return tmp_path / "small.onnx"


def quantised_network() -> onnx.ModelProto:
    """`SmallNetwork` with `r1` and the second convolution's weights rounded to 8 bits."""
    network = small_network(SmallNetwork())
    graph = network.graph
    (weights,) = [tensor for tensor in graph.initializer if tensor.name == "conv2.weight"]
    values = numpy_helper.to_array(weights)
    step = np.abs(values).max() / 127
    rounded = np.rint(values / step).astype(np.int8)
    weights.CopyFrom(numpy_helper.from_array(rounded, "conv2.rounded"))
    for name, value in (
        ("step", np.float32(step)),
        ("zero", np.int8(0)),
        ("r1.step", np.float32(0.05)),
        ("r1.zero", np.uint8(0)),
    ):
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
    made = [
        helper.make_node("QuantizeLinear", ["r1", "r1.step", "r1.zero"], ["r1.levels"]),
        helper.make_node("DequantizeLinear", ["r1.levels", "r1.step", "r1.zero"], ["r1.again"]),
        helper.make_node("DequantizeLinear", ["conv2.rounded", "step", "zero"], ["conv2.weight"]),
    ]
    pool = next(place for place, node in enumerate(graph.node) if node.op_type == "MaxPool")
    graph.node[pool].input[0] = "r1.again"
    for place, node in enumerate(made):
        graph.node.insert(pool + place, node)
    return network


def test_the_layers_are_listed_in_order_with_the_target(path: Path) -> None:
    choices = Explainer(path, CPU).layers()
    assert [choice.name for choice in choices] == ["c1", "r1", "p1", "conv2", "n2", "r2", "p2"]
    assert [choice.name for choice in choices if choice.is_main] == ["c1", "n2"]
    assert [choice.name for choice in choices if choice.is_target] == ["conv2"]
    assert all(choice.is_cut for choice in choices)
    assert (choices[2].op_type, choices[2].channels, choices[2].size) == ("MaxPool", 8, (16, 20))


@pytest.mark.parametrize("layer", ["c1", "p1", "r2"])
def test_a_layer_is_explained_as_by_a_pair_made_for_it(path: Path, tmp_path: Path, layer: str) -> None:
    made = build_pair(small_network(SmallNetwork()), CARD, target=layer, logits="scores")
    save_pair(made, tmp_path / "made.onnx")
    expected = Explainer(tmp_path / "made.onnx", CPU).explain(random_image(), classes=[1, 4])
    explainer = Explainer(path, CPU)
    found = explainer.with_layer(layer).explain(random_image(), classes=[1, 4])
    np.testing.assert_array_equal(found.logits, expected.logits)
    np.testing.assert_allclose(found.maps, expected.maps, rtol=1e-5, atol=1e-7)


def test_the_explainer_asked_stays_as_it_is_and_the_way_back_is_open(path: Path) -> None:
    explainer = Explainer(path, CPU)
    before = explainer.explain(random_image(), classes=[2])
    other = explainer.with_layer("r1")
    assert (explainer.layer, other.layer, other.card.target_layer) == ("conv2", "r1", "r1")
    assert [choice.name for choice in other.layers() if choice.is_target] == ["r1"]
    assert other.to_pair().card.target_layer == "r1"
    back = other.with_layer("conv2").explain(random_image(), classes=[2])
    again = explainer.explain(random_image(), classes=[2])
    for found in (back, again):
        np.testing.assert_array_equal(found.maps, before.maps)
    assert {file.name for file in path.parent.iterdir()} == {"small.onnx", "small.gradient.onnx"}


def test_a_layer_can_be_named_when_opening(path: Path) -> None:
    assert Explainer(path, CPU, layer="p1").explain(random_image()).maps.shape == (5, 16, 20)
    with pytest.raises(ModelError, match="no layer 'conv9'"):
        Explainer(path, CPU, layer="conv9")


def test_a_target_without_a_name_of_its_own_gets_the_cards() -> None:
    """Exporters give the tensor out under the name `activations`; another layer takes that name over."""
    network = small_network(SmallNetwork())
    for node in network.graph.node:
        for names in (node.input, node.output):
            names[:] = ["activations" if name == "conv2" else name for name in names]
    pair = build_pair(network, CARD, target="activations", logits="scores")
    layers = Layers(pair)
    assert [choice.name for choice in layers.choices if choice.is_target] == ["conv2"]
    assert layers.pair_for_layer("conv2") is pair
    earlier = layers.pair_for_layer("p1")
    assert retarget_layer(earlier, "conv2").card.target_layer == "conv2"


def test_rounding_behind_the_layer_goes_and_rounding_before_it_stays(tmp_path: Path) -> None:
    pair = build_pair(quantised_network(), CARD, target="conv2", logits="scores")
    save_pair(pair, tmp_path / "rounded.onnx")
    explainer = Explainer(tmp_path / "rounded.onnx", CPU)
    assert [choice.name for choice in explainer.layers()] == ["c1", "r1", "p1", "conv2", "n2", "r2", "p2"]
    image = random_image()
    behind = explainer.with_layer("r2")
    np.testing.assert_allclose(behind.explain(image).logits, explainer.explain(image).logits, rtol=1e-5)
    assert _rounds(behind.to_pair()) == ["r1.levels"]
    before = explainer.with_layer("r1")
    assert _rounds(before.to_pair()) == []
    # The gradient is that of the graph at hand: compared with one of its differences.
    explanation = before.explain(image, classes=[3], method="hirescam")
    assert explanation.gradients is not None
    network = SmallNetwork()
    assert explanation.gradients.shape == (1, network.conv1.out_channels, *SIZE)
    assert np.abs(explanation.gradients).max() > 0
    # All rounding that is left is in the weights of the second convolution: half a per cent of the logits.
    exact = build_pair(small_network(network), CARD, target="r1", logits="scores")
    save_pair(exact, tmp_path / "exact.onnx")
    other = Explainer(tmp_path / "exact.onnx", CPU).explain(image, classes=[3], method="hirescam")
    assert other.gradients is not None
    difference = np.abs(explanation.gradients - other.gradients)
    assert np.median(difference) < 0.02 * np.abs(other.gradients).max()


def _rounds(pair: Pair) -> list[str]:
    return [node.output[0] for node in pair.forward.graph.node if node.op_type == "QuantizeLinear"]


def test_a_pair_comes_from_its_files(path: Path) -> None:
    assert Explainer(path, CPU).to_pair() == load_pair(path)
