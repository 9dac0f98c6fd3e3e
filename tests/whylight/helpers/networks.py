"""A small classifier as an ONNX network and in PyTorch, with the same random weights."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

from whylight.pair.build import Pair, build_pair
from whylight.pair.card import Card

CLASSES = ("ant", "bass", "crab", "duck", "eel", "fox")
SIZE = (32, 40)
CARD = Card(
    name="Small",
    classes=CLASSES,
    target_layer="conv2",
    input_size=SIZE,
    mean=(0.55, 0.53, 0.5),
    std=(0.23, 0.24, 0.25),
)


class SmallNetwork(nn.Module):
    """conv1 - relu - pool - conv2 (the target) - batch norm - relu - pool - linear."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 12, 3, padding=1)
        self.norm = nn.BatchNorm2d(12)
        self.linear = nn.Linear(12 * 4 * 5, len(CLASSES))
        with torch.no_grad():
            for tensor in (self.norm.weight, self.norm.running_var):
                tensor.uniform_(0.5, 1.5)
            for tensor in (self.norm.bias, self.norm.running_mean):
                tensor.normal_()
        self.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits `[N, K]` of `[N, 3, 32, 40]`."""
        hidden = torch.relu(self._normed(x))
        return self.linear(nn.functional.avg_pool2d(hidden, 4).flatten(1))

    def is_away_from_kinks(self, x: torch.Tensor) -> bool:
        """Whether no unit behind the target is within rounding of zero, where its gradient would jump."""
        with torch.no_grad():
            normed = self._normed(x)
        return bool(normed.abs().min() > 1e-5 * normed.abs().max())

    def _normed(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.conv2(nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)))


def small_network(network: SmallNetwork) -> onnx.ModelProto:
    """`SmallNetwork` written by hand as an ONNX graph."""
    names = ["weight", "bias", "running_mean", "running_var"]
    nodes = [
        helper.make_node("Conv", ["pictures", "conv1.weight", "conv1.bias"], ["c1"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("MaxPool", ["r1"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["p1", "conv2.weight", "conv2.bias"], ["conv2"], pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["conv2", *(f"norm.{name}" for name in names)], ["n2"]),
        helper.make_node("Relu", ["n2"], ["r2"]),
        helper.make_node("AveragePool", ["r2"], ["p2"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Flatten", ["p2"], ["flat"]),
        helper.make_node("Gemm", ["flat", "linear.weight", "linear.bias"], ["scores"], transB=1),
    ]
    weights = [
        numpy_helper.from_array(value.numpy(), name)
        for name, value in network.state_dict().items()
        if value.dtype == torch.float32
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("pictures", onnx.TensorProto.FLOAT, ["N", 3, *SIZE])],
        [helper.make_tensor_value_info("scores", onnx.TensorProto.FLOAT, ["N", len(CLASSES)])],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def small_pair(network: SmallNetwork | None = None, card: Card = CARD) -> Pair:
    """The pair of a `SmallNetwork`."""
    return build_pair(small_network(network or SmallNetwork()), card, target="conv2", logits="scores")


def random_image(seed: int = 0, height: int = 48, width: int = 70) -> np.ndarray:
    """Smooth random RGB uint8 `[H, W, 3]`."""
    rng = np.random.default_rng(seed)
    coarse = torch.from_numpy(rng.uniform(0, 255, (1, 3, 6, 6)))
    fine = nn.functional.interpolate(coarse, (height, width), mode="bicubic").clamp(0, 255)
    return fine[0].permute(1, 2, 0).numpy().astype(np.uint8)
