"""Where the cells of a map look, against autograd: the centroid of a cell's gradient by the pixels."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from whylight import Explainer
from whylight.errors import QuestionError
from whylight.graphs.graph_view import Graph
from whylight.graphs.receptive_field import trace_placement
from whylight.graphs.shape_probing import infer_dynamic_shapes
from whylight.pair.build import build_pair
from whylight.pair.card import Card
from whylight.pair.files import save_pair
from whylight.placement import Placement

SIDE = 64


class Box(nn.Conv2d):
    """A convolution of equal weights, so that the centroid of what a cell sees is the middle of it."""

    def __init__(self, kernel: int, **options: object) -> None:
        channels = int(options.pop("channels", 3))  # type: ignore[call-overload]
        super().__init__(channels, channels, kernel, bias=False, **options)  # type: ignore[arg-type]
        nn.init.constant_(self.weight, 1 / self.weight[0].numel())


class ResNetD(nn.Module):
    """A block whose shortcut is a pooling of 2 x 2."""

    def __init__(self) -> None:
        super().__init__()
        self.main = nn.Sequential(Box(3, stride=2, padding=1), Box(3, padding=1))
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2), Box(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.main(x) + self.shortcut(x)


class Tokens(nn.Module):
    """Patches as a row of tokens, merged by fours as Swin does, and a map again."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = Box(4, stride=4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = self.patches(x).flatten(2).transpose(1, 2)
        cells = rows.reshape(-1, SIDE // 8, 2, SIDE // 8, 2, 3).mean(dim=(2, 4))
        return cells.permute(0, 3, 1, 2)


NETWORKS = {
    "3 x 3, stride 2, padded, three times": nn.Sequential(*[Box(3, stride=2, padding=1) for _ in range(3)]),
    "ResNet's stem": nn.Sequential(Box(7, stride=2, padding=3), nn.AvgPool2d(3, 2, 1)),
    "patches": Box(8, stride=8),
    "not padded": nn.Sequential(Box(5, stride=2), Box(3), nn.AvgPool2d(2)),
    "padded behind only, as TensorFlow does": nn.Sequential(
        nn.ZeroPad2d((0, 1, 0, 1)), Box(3, stride=2), nn.ZeroPad2d((0, 1, 0, 1)), Box(3, stride=2)
    ),
    "dilated": nn.Sequential(Box(3, dilation=3), Box(3, stride=2, padding=1)),
    "rounded up": nn.Sequential(
        Box(3), nn.AvgPool2d(3, 2, ceil_mode=True), nn.AvgPool2d(3, 2, ceil_mode=True)
    ),
    "rows and columns differ": nn.Sequential(Box(3, stride=(1, 2), padding=(1, 0)), Box(3, stride=(2, 1))),
    "enlarged again": nn.Sequential(Box(4, stride=4), nn.Upsample(scale_factor=2, mode="bilinear")),
    "transposed": nn.Sequential(Box(4, stride=4), nn.ConvTranspose2d(3, 3, 4, 2, 1, bias=False)),
    "ResNet-D": nn.Sequential(ResNetD(), ResNetD()),
    "blocks of 2 x 2 pixels as channels": nn.Sequential(nn.PixelUnshuffle(2), Box(3, padding=1, channels=12)),
    "tokens": Tokens(),
}


def exported(network: nn.Module, path: Path) -> onnx.ModelProto:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(),
            (torch.rand(1, 3, SIDE, SIDE),),
            str(path),
            input_names=["x"],
            output_names=["y"],
            dynamic_axes={"x": {0: "n"}, "y": {0: "n"}},
            opset_version=18,
            dynamo=False,
        )
    return onnx.load(path)


def traced(network: nn.Module, path: Path) -> Placement | None:
    model = exported(network, path)
    graph, probed = Graph(model), infer_dynamic_shapes(model, (3, SIDE, SIDE))
    graph.fold(probed.constants)
    return trace_placement(graph, probed.infos, "y", (SIDE, SIDE))


def looked_at(network: nn.Module, row: int, column: int) -> tuple[float, float]:
    """The centroid of what a cell in the middle sees."""
    pixels = torch.rand(1, 3, SIDE, SIDE, requires_grad=True)
    network(pixels)[0, :, row, column].sum().backward()
    seen = pixels.grad[0].abs().sum(dim=0)
    at = torch.arange(SIDE, dtype=seen.dtype)
    return float((seen.sum(dim=1) * at).sum() / seen.sum()), float((seen.sum(dim=0) * at).sum() / seen.sum())


@pytest.mark.parametrize("name", NETWORKS)
def test_cells_look_where_autograd_says(name: str, tmp_path: Path) -> None:
    network = NETWORKS[name]
    for weights in network.parameters():
        nn.init.constant_(weights, 1 / weights[0].numel())
    placement = traced(network, tmp_path / "n.onnx")
    assert placement is not None
    with torch.no_grad():
        height, width = network(torch.rand(1, 3, SIDE, SIDE)).shape[2:]
    assert placement.grid == (height, width)
    # Away from the border, where padding cuts off what a cell sees. A cell of an enlarged map leans to its
    # neighbours, and a block's two ways need not see equally much.
    slack = 0.51 * placement.stride[0] if name in ("enlarged again", "transposed", "ResNet-D") else 0.02
    for row, column in ((height // 2, width // 2), (height // 2 - 1, width // 2)):
        expected = looked_at(network, row, column)
        found = [
            start + step * at
            for start, step, at in zip(placement.origin, placement.stride, (row, column), strict=True)
        ]
        np.testing.assert_allclose(found, expected, atol=slack)


def red_square(top: int, left: int, side: int = 12) -> np.ndarray:
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[top : top + side, left : left + side, 0] = 255
    return image


@pytest.fixture(scope="module")
def sees_red(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of padded strided convolutions, whose one class is what is red in the mean."""
    folder = tmp_path_factory.mktemp("red")
    trunk = nn.Sequential(*[Box(3, stride=2, padding=1, groups=3) for _ in range(3)])
    for layer in trunk:
        nn.init.constant_(layer.weight, 1 / 9)
    head = nn.Linear(3, 2, bias=False)
    head.weight.data = torch.tensor([[1.0, 0, 0], [0, 1.0, 0]])
    network = nn.Sequential(trunk, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)
    model = exported(network, folder / "red.onnx")
    target = [node.output[0] for node in model.graph.node if node.op_type == "Conv"][-1]
    card = Card(
        name="red",
        classes=("red", "green"),
        target_layer=target,
        input_size=(SIDE, SIDE),
        mean=(0, 0, 0),
        std=(1, 1, 1),
    )
    save_pair(build_pair(model, card, target=target, logits="y"), folder / "pair.onnx")
    return folder / "pair.onnx"


@pytest.mark.parametrize("size", [(64, 64), (37, 101), (160, 64)])
def test_the_peak_lies_on_a_known_square(sees_red: Path, size: tuple[int, int]) -> None:
    """Resized to the image, as is customary, maps lie half a cell to the lower right.

    The square lies at each place within a cell equally often, so that chance moves no mean.
    """
    placed, resized = Explainer(sees_red), Explainer(sees_red, placement="resized")
    assert placed.card.placement == Placement((8, 8), (0.0, 0.0), (8.0, 8.0))
    rng = np.random.default_rng(5)
    shifts: dict[str, list[np.ndarray]] = {"placed": [], "resized": []}
    within = [(row, 3 * row % 8) for row in range(8)] * 3  # cells are 8 pixels large
    for offsets in within:
        top, left = 8 * rng.integers(1, (SIDE - 20) // 8, 2) + offsets
        image = np.asarray(red_square(top, left))
        rows, columns = ((2 * np.arange(side) + 1) * SIDE // (2 * side) for side in size)  # at their middles
        shown = image[rows][:, columns]
        middle = np.array(
            [(top + 5.5 + 0.5) / SIDE * size[0] - 0.5, (left + 5.5 + 0.5) / SIDE * size[1] - 0.5]
        )
        for name, explainer in (("placed", placed), ("resized", resized)):
            heatmap = explainer(shown, target="red").map
            total = heatmap.sum()
            centroid = np.array(
                [
                    (heatmap.sum(axis=1) * np.arange(size[0])).sum() / total,
                    (heatmap.sum(axis=0) * np.arange(size[1])).sum() / total,
                ]
            )
            shifts[name].append((centroid - middle) / np.array(size) * SIDE)
            if name == "placed":
                peak = np.unravel_index(heatmap.argmax(), heatmap.shape)
                assert shown[peak][0] == 255, "the peak lies on the object"
    assert np.abs(np.mean(shifts["placed"], axis=0)).max() < 1
    np.testing.assert_allclose(np.mean(shifts["resized"], axis=0), 3.5, atol=1)


def test_maps_of_other_resolutions_are_resized(sees_red: Path) -> None:
    """Occlusion covers the image evenly, whatever the layer's cells look at."""
    image = red_square(20, 30)
    explainer = Explainer(sees_red)
    assert explainer(image, method="occlusion").explanation.map_placement is None
    assert explainer(image, method="score-cam").explanation.map_placement is not None
    with pytest.raises(QuestionError, match="no placement 'here'; there are receptive-field, resized"):
        Explainer(sees_red, placement="here")
