"""Test-time smoothing against pytorch-grad-cam's `aug_smooth`."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from pytorch_grad_cam import GradCAM, HiResCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from tests.whylight.helpers.networks import CARD, SIZE, SmallNetwork, random_image, small_pair
from whylight.explainer import Explainer
from whylight.pair.files import save_pair
from whylight.parallel.tta_smoothing import CONTRASTS, smooth

MEAN = torch.tensor(CARD.mean)[:, None, None]
STD = torch.tensor(CARD.std)[:, None, None]


class Bytes(nn.Module):
    """The network behind an input of whole levels between black and white, as a forward graph has it."""

    def __init__(self) -> None:
        super().__init__()
        self.network = SmallNetwork()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.network(self.seen(x))

    def seen(self, x: torch.Tensor) -> torch.Tensor:
        levels = torch.round((255 * (x * STD + MEAN)).clamp(0, 255))
        return (levels / 255 - MEAN) / STD


def image_away_from_kinks() -> np.ndarray:
    """An image none of whose six alterations has a unit that rounding could put on either side of zero."""
    network = Bytes()
    for seed in range(100):
        image = cv2.resize(random_image(seed), SIZE[::-1])
        x = ((torch.from_numpy(image).permute(2, 0, 1) / 255 - MEAN) / STD)[None]
        altered = [contrast * side for contrast in CONTRASTS for side in (x, x.flip(-1))]
        if network.network.is_away_from_kinks(network.seen(torch.cat(altered))):
            return image
    raise AssertionError("a hundred images have units at kinks")


@pytest.mark.parametrize(("method", "oracle"), [("grad-cam", GradCAM), ("hirescam", HiResCAM)])
def test_smoothed_maps_are_the_oracles(tmp_path: Path, method: str, oracle: type[GradCAM]) -> None:
    save_pair(small_pair(), tmp_path / "small.onnx")
    explainer = Explainer(tmp_path / "small.onnx", providers=["CPUExecutionProvider"])
    image = image_away_from_kinks()
    found = smooth(explainer, image, explainer.explain(image, classes=[0, 3, 5], method=method))
    assert (found.classes, found.method, found.gradients) == ((0, 3, 5), method, None)
    network = Bytes()
    tensor = ((torch.from_numpy(image).permute(2, 0, 1) / 255 - MEAN) / STD)[None]
    with oracle(network, [network.network.conv2]) as cam:
        for map_, index in zip(found.maps, (0, 3, 5), strict=True):
            (expected,) = cam(tensor, [ClassifierOutputTarget(index)], aug_smooth=True)
            np.testing.assert_allclose(map_, expected, atol=1e-4)
