"""Score-CAM and Ablation-CAM against pytorch-grad-cam, where the definitions coincide."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from pytorch_grad_cam import AblationCAM, ScoreCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

from tests.whylight.helpers.networks import CARD, CLASSES, SIZE, SmallNetwork, random_image, small_network
from whylight.drawing.heatmap import normalize_map
from whylight.explainer import Explainer
from whylight.pair.build import build_pair
from whylight.pair.files import save_pair
from whylight.perturbation import ablation_cam, score_cam
from whylight.perturbation.masked_input import masked_scores

MEAN = torch.tensor(CARD.mean)[:, None, None]
STD = torch.tensor(CARD.std)[:, None, None]


class WithModules(nn.Module):
    """`SmallNetwork` with its last ReLU as a module, which the oracle can replace."""

    def __init__(self) -> None:
        super().__init__()
        self.network = SmallNetwork()
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        network = self.network
        hidden = nn.functional.max_pool2d(torch.relu(network.conv1(x)), 2)
        hidden = self.relu(network.norm(network.conv2(hidden)))
        return network.linear(nn.functional.avg_pool2d(hidden, 4).flatten(1))


def explainer_at(target: str, folder: Path) -> Explainer:
    pair = build_pair(small_network(SmallNetwork()), CARD, target=target, logits="scores")
    save_pair(pair, folder / "small.onnx")
    return Explainer(folder / "small.onnx", providers=["CPUExecutionProvider"])


def tensor(image: np.ndarray) -> torch.Tensor:
    return ((torch.from_numpy(image).permute(2, 0, 1) / 255 - MEAN) / STD)[None]


@pytest.mark.parametrize("seed", range(3))
def test_score_cam(tmp_path: Path, seed: int) -> None:
    image = cv2.resize(random_image(seed), SIZE[::-1])
    explainer, network = explainer_at("conv2", tmp_path), SmallNetwork()
    first = explainer.explain(image, classes=range(len(CLASSES)))
    estimate = deque(score_cam(explainer, image, first, batch=5), maxlen=1).pop()
    with ScoreCAM(network, [network.conv2]) as cam:
        for index in range(len(CLASSES)):
            (expected,) = cam(tensor(image), [ClassifierOutputTarget(index)])
            np.testing.assert_allclose(normalize_map(estimate.maps[index], SIZE), expected, atol=1e-4)


def test_masked_images_are_not_rounded(tmp_path: Path) -> None:
    """Scores of half-covered images against the network itself, which takes real numbers."""
    image = cv2.resize(random_image(4), SIZE[::-1])
    kept = np.random.default_rng(4).random((6, *SIZE), np.float32)
    weights = np.eye(len(CLASSES), dtype=np.float32)
    found = masked_scores(explainer_at("conv2", tmp_path), image, weights)(kept)
    with torch.no_grad():
        masked = torch.from_numpy(kept)[:, None] * tensor(image)  # the mean colour is zero to the network
        expected = SmallNetwork()(masked).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("seed", range(3))
def test_ablation_cam(tmp_path: Path, seed: int) -> None:
    """Behind a ReLU the oracle too sets channels to zero; for positive scores its division is harmless."""
    explainer, network = explainer_at("r2", tmp_path), WithModules().eval()
    for draw in range(seed, seed + 300, 3):  # until a class has a positive score
        image = cv2.resize(random_image(draw), SIZE[::-1])
        first = explainer.explain(image, classes=range(len(CLASSES)))
        positive = np.flatnonzero(first.logits > 0)
        if len(positive):
            break
    estimate = deque(ablation_cam(explainer, image, first, batch=5), maxlen=1).pop()
    assert len(positive) > 0
    for index in positive:
        with AblationCAM(network, [network.relu], batch_size=5) as cam:
            (expected,) = cam(tensor(image), [ClassifierOutputTarget(index)])
        np.testing.assert_allclose(normalize_map(estimate.maps[index], SIZE), expected, atol=1e-4)
