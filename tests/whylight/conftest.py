"""A model whose right answers are known: it says which of three colours an image holds most of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from whylight.explainer import Explainer
from whylight.images.encode import write_image
from whylight.pair.build import build_pair
from whylight.pair.card import Card
from whylight.pair.files import save_pair

SIZE = 32
COLOURS = {"red": (220, 20, 20), "green": (20, 220, 20), "blue": (20, 20, 220)}


def colour_network() -> onnx.ModelProto:
    """Channel c is a colour's lead over the other two; its mean over the image, times 20, is the logit."""
    lead = np.array([[1, -0.5, -0.5], [-0.5, 1, -0.5], [-0.5, -0.5, 1]], np.float32).reshape(3, 3, 1, 1)
    constants = {"lead": lead, "head": 20 * np.eye(3, dtype=np.float32)}
    nodes = [
        helper.make_node("Conv", ["x", "lead"], ["leads"], "leads"),
        helper.make_node("Relu", ["leads"], ["positive"], "positive"),
        helper.make_node(
            "AveragePool", ["positive"], ["features"], "features", kernel_shape=[4, 4], strides=[4, 4]
        ),
        helper.make_node("GlobalAveragePool", ["features"], ["pooled"], "pooled"),
        helper.make_node("Flatten", ["pooled"], ["flat"], "flat"),
        helper.make_node("Gemm", ["flat", "head"], ["scores"], "scores"),
    ]
    graph = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, SIZE, SIZE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 3])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    model.ir_version = 10
    return model


@pytest.fixture(scope="session")
def colour_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pair on disk."""
    card = Card(
        name="Colours <b>&",
        classes=tuple(COLOURS),
        target_layer="features",
        input_size=(SIZE, SIZE),
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        data_set="painted squares",
        accuracy={"top_1": 0.5},
    )
    path = tmp_path_factory.mktemp("model") / "colours.onnx"
    save_pair(build_pair(colour_network(), card, target="features", logits="scores"), path)
    return path


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pair of `networks.small_pair` on disk, to be read only."""
    from tests.whylight.helpers.networks import small_pair  # PyTorch, which few of these tests need

    path = tmp_path_factory.mktemp("pair") / "small.onnx"
    save_pair(small_pair(), path)
    return path


@pytest.fixture(scope="session")
def explainer(colour_model: Path) -> Explainer:
    return Explainer(colour_model, ["CPUExecutionProvider"])


def painted(colour: str, size: tuple[int, int] = (60, 80)) -> np.ndarray:
    """A grey image whose upper left quarter has the colour."""
    image = np.full((*size, 3), 120, np.uint8)
    image[: size[0] // 2, : size[1] // 2] = COLOURS[colour]
    return image


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Three images and two files that are none, one folder deep."""
    folder = tmp_path / "pictures"
    (folder / "sub").mkdir(parents=True)
    write_image(folder / "a & <i>.png", painted("red"))
    write_image(folder / "b.png", painted("green", (700, 500)))
    write_image(folder / "sub" / "Größe.png", painted("blue"))
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no image")
    (folder / "empty.png").touch()
    return folder
