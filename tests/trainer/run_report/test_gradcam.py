from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from trainer.models.report_cnns import ImprovedCNN
from trainer.run_report.gradcam import GradCam
from whylight.drawing.heatmap import normalize_map
from whylight.errors import TrainingError


@pytest.fixture(scope="module")
def network() -> ImprovedCNN:
    torch.manual_seed(5)
    network = ImprovedCNN(7)
    for parameter in network.parameters():  # a fresh network is too timid to tell maps apart
        parameter.data.mul_(1.7)
    return network.eval()


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(6))


class RawGradCAM(GradCAM):  # type: ignore[misc]  # the package has no types
    """pytorch-grad-cam's Grad-CAM, stopped before ReLU and scaling."""

    def get_cam_image(self, *args: object, **kwargs: object) -> NDArray[np.float32]:
        self.raw = super().get_cam_image(*args, **kwargs)
        return self.raw


def test_maps_equal_pytorch_grad_cam(network: ImprovedCNN, images: Tensor) -> None:
    classes = [4, 0, 6]
    with GradCam(network, "features.24") as explain:
        cam = explain(images, classes)
    oracle = RawGradCAM(network, [network.features[24]])
    scaled = oracle(images, [ClassifierOutputTarget(c) for c in classes])
    np.testing.assert_allclose(cam.maps.numpy(), oracle.raw, rtol=1e-4, atol=1e-6 * np.abs(oracle.raw).max())
    for map_, expected in zip(cam.maps.numpy(), scaled, strict=True):
        np.testing.assert_allclose(normalize_map(map_, (64, 64)), expected, atol=1e-4)


def test_the_reports_mean_over_channels_gives_the_same_image(network: ImprovedCNN, images: Tensor) -> None:
    with GradCam(network, "features.24") as explain:
        cam = explain(images)
    weighted = cam.gradients.mean(dim=(2, 3), keepdim=True) * cam.activations
    for map_, mean in zip(cam.maps.numpy(), weighted.mean(dim=1).relu().numpy(), strict=True):
        report = (mean - mean.min()) / (mean.max() - mean.min())
        np.testing.assert_allclose(normalize_map(map_), report, atol=1e-3)


class Tiny(nn.Module):
    """One 1 x 1 convolution of two channels, doubled and negated; logits are weighted sums over space."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 2, 1, bias=False)
        self.layer.weight.data = torch.tensor([[2.0, 0, 0], [-1.0, 0, 0]]).view(2, 3, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        sums = self.layer(images).sum(dim=(2, 3))
        return torch.stack([3 * sums[:, 0], sums[:, 0] - 5 * sums[:, 1]], dim=1)


def test_a_tiny_network_by_hand() -> None:
    red = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    images = torch.stack([red, torch.zeros(2, 2), torch.zeros(2, 2)])[None]
    with GradCam(Tiny(), "layer") as explain:
        first, second = explain(images, [0]), explain(images)
    # A = (2 red, -red). Logit 0 has gradients (3, 0): map 6 red. Logit 1 has (1, -5): map 2 red + 5 red.
    assert first.logits.tolist() == [[60.0, 70.0]]
    torch.testing.assert_close(first.maps[0], 6 * red)
    assert second.classes.tolist() == [1]
    torch.testing.assert_close(second.maps[0], 7 * red)


def test_nothing_stays_behind(network: ImprovedCNN, images: Tensor) -> None:
    network.zero_grad(set_to_none=True)  # the oracle leaves gradients behind
    layer = network.features[24]
    with pytest.raises(RuntimeError), GradCam(network, "features.24") as explain:
        explain(images[:, :2])
    with torch.no_grad(), GradCam(network, "features.24") as explain:
        cam = explain(images[:1])
    assert not cam.activations.requires_grad
    assert not layer._forward_hooks
    assert not layer._backward_pre_hooks
    assert all(parameter.grad is None for parameter in network.parameters())


def test_frozen_networks_are_explained_too() -> None:
    network = Tiny().requires_grad_(False)
    with GradCam(network, "layer") as explain:
        assert explain(torch.ones(1, 3, 2, 2), [0]).maps.tolist() == [[[6.0, 6.0], [6.0, 6.0]]]


class Aside(Tiny):
    """Has layers that the logits do not need: one that is run, one that is not."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Conv2d(3, 1, 1)
        self.ignored = nn.Conv2d(3, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        self.ignored(images)
        return super().forward(images)


@pytest.mark.parametrize(
    ("layer", "message"),
    [("features.99", "no layer 'features.99'"), ("unused", "was not run"), ("ignored", "do not depend")],
)
def test_unfit_layers_are_named(layer: str, message: str) -> None:
    with pytest.raises(TrainingError, match=message), GradCam(Aside(), layer) as explain:
        explain(torch.ones(1, 3, 2, 2))


def test_it_must_be_entered(network: ImprovedCNN, images: Tensor) -> None:
    with pytest.raises(TrainingError, match="not entered"):
        GradCam(network, "features.24")(images)
