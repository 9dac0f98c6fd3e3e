"""The tail cut out of a forward graph, with a skip connection around the target layer."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper

from tests.whylight.helpers.networks import CARD, CLASSES, SIZE, SmallNetwork, random_image
from whylight.bundled import sample_images
from whylight.explainer import Explainer
from whylight.graphs.extraction import crossing, downstream
from whylight.images.decode import read_image
from whylight.pair.build import build_pair
from whylight.pair.files import save_pair
from whylight.perturbation import ablation_cam
from whylight.perturbation.network_tail import open_tail

STEM = SmallNetwork()
HEAD = np.random.default_rng(0).standard_normal((12, len(CLASSES))).astype(np.float32)


def residual_network(join: str) -> onnx.ModelProto:
    """conv1, then `join`(conv2 (the target) behind a ReLU, a 1 x 1 convolution around it), mean, head."""
    weights = {name: value.numpy() for name, value in STEM.state_dict().items() if name.startswith("conv")}
    around = np.random.default_rng(1).standard_normal((12, 8, 1, 1)).astype(np.float32)
    constants = {**weights, "around": around, "head": HEAD}
    nodes = [
        helper.make_node("Conv", ["pictures", "conv1.weight", "conv1.bias"], ["c1"], pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["c1", "conv2.weight", "conv2.bias"], ["conv2"], pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["c1", "around"], ["skip"]),
        helper.make_node("Relu", ["conv2"], ["r2"]),
        helper.make_node(join, ["r2", "skip"], ["joined"]),
        helper.make_node("GlobalAveragePool", ["joined"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "head"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "residual",
        [helper.make_tensor_value_info("pictures", onnx.TensorProto.FLOAT, ["N", 3, *SIZE])],
        [helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, ["N", len(CLASSES)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


@pytest.mark.parametrize("join", ["Add", "Mul"])
def test_ablation_with_a_skip_connection_around_the_target(tmp_path: Path, join: str) -> None:
    """The gradient of a sum does not ask for the other term, but the tail does; that of a product does."""
    path = tmp_path / "residual.onnx"
    save_pair(build_pair(residual_network(join), CARD, target="conv2", logits="scores"), path)
    explainer = Explainer(path, ["CPUExecutionProvider"])
    image = random_image(4)
    first = explainer.explain(image, classes=[0, 3])
    tail = open_tail(explainer, image, first)
    assert list(tail.others) == ["skip"]
    assert ("skip" in first.tensors) == (join == "Mul")
    activations = first.tensors["activations"]
    np.testing.assert_allclose(tail.logits(activations), first.logits[None], atol=1e-4)

    def score(changed: np.ndarray) -> np.ndarray:
        hidden = torch.relu(torch.from_numpy(changed))
        skip = torch.from_numpy(tail.others["skip"])
        joined = hidden + skip if join == "Add" else hidden * skip
        return (joined.mean(dim=(2, 3)) @ torch.from_numpy(HEAD))[0, [0, 3]].numpy()

    falls = []
    for channel in range(12):
        changed = activations.copy()
        changed[:, channel] = 0
        falls.append(score(activations) - score(changed))
    expected = np.einsum("cm,chw->mhw", falls, activations[0])
    found = deque(ablation_cam(explainer, image, first, batch=5), maxlen=1).pop().maps
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_a_row_length_read_from_an_earlier_tensor(tmp_path: Path) -> None:
    """`x.view(x.size(0), -1)` as PyTorch's older exporter writes it; the oracle is `Flatten` in its place."""
    model = residual_network("Add")
    written = [
        helper.make_node("Shape", ["c1"], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["rows"], axis=0),
        helper.make_node("Concat", ["rows", "rest"], ["target"], axis=0),
        helper.make_node("Reshape", ["pooled", "target"], ["flat"]),
    ]
    nodes = [
        entry for node in model.graph.node for entry in (written if node.op_type == "Flatten" else [node])
    ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(
        numpy_helper.from_array(np.array([value]), name) for name, value in (("zero", 0), ("rest", -1))
    )
    found = []
    for network, name in ((residual_network("Add"), "plain"), (model, "read")):
        save_pair(build_pair(network, CARD, target="conv2", logits="scores"), tmp_path / f"{name}.onnx")
        explainer = Explainer(tmp_path / f"{name}.onnx", ["CPUExecutionProvider"])
        image = random_image(4)
        first = explainer.explain(image, classes=[0, 3])
        found.append(deque(ablation_cam(explainer, image, first, batch=5), maxlen=1).pop().maps)
    np.testing.assert_allclose(found[1], found[0], atol=1e-5 * np.abs(found[0]).max())


def test_what_crosses_a_cut() -> None:
    model = residual_network("Add")
    assert downstream(model, "conv2") == {"r2", "joined", "pooled", "flat", "scores"}
    assert crossing(model, "conv2", "pictures", "scores") == ["skip"]
    assert crossing(model, "joined", "pictures", "scores") == []
    assert crossing(model, "c1", "pictures", "conv2") == []


def test_the_bundled_pairs_tail_answers_as_the_pair() -> None:
    explainer = Explainer(providers=["CPUExecutionProvider"])
    image = read_image(sample_images()[0])
    first = explainer.explain(image, top=1)
    logits = open_tail(explainer, image, first).logits(first.tensors["activations"])
    np.testing.assert_allclose(logits[0], first.logits, atol=1e-3)
