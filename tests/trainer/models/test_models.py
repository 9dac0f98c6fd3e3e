from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from trainer.models.modern_cnn import ModernCNN, Residual
from trainer.models.report_cnns import NETWORKS, TARGET_LAYERS, ImprovedCNN, MyCNN, build_network
from whylight.errors import TrainingError


# By hand, for K = 257. Convolutions of MyCNN: 896 + 18,496 + 73,856 + 295,168; of ImprovedCNN also
# 9,248 + 36,928 + 147,584 + 590,080. BatchNorms: 2 x 480 and 4 x 480. Linear: 2,097,664 + 131,841.
@pytest.mark.parametrize(("name", "parameters"), [("MyCNN", 2_618_881), ("ImprovedCNN", 3_403_681)])
def test_parameter_count(name: str, parameters: int) -> None:
    assert sum(p.numel() for p in build_network(name, 257).parameters()) == parameters


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("height", "width"), [(32, 32), (96, 96), (50, 71)])
def test_any_image_size_gives_one_logit_a_class(name: str, height: int, width: int) -> None:
    logits = build_network(name, 11).eval()(torch.zeros(2, 3, height, width))
    assert logits.shape == (2, 11)


@pytest.mark.parametrize("name", ["MyCNN", "ImprovedCNN"])
def test_target_layer_of_the_reports_networks_is_the_last_convolution(name: str) -> None:
    convolutions = [n for n, m in build_network(name, 5).named_modules() if isinstance(m, nn.Conv2d)]
    assert convolutions[-1] == TARGET_LAYERS[name]


def test_the_map_of_improved_cnn_is_28_by_28() -> None:
    network = ImprovedCNN(3).eval()
    assert isinstance(network.features[24], nn.Conv2d)
    assert network.features[:25](torch.zeros(1, 3, 224, 224)).shape == (1, 256, 28, 28)


def test_modern_keeps_within_what_was_asked_of_it() -> None:
    counts = {}
    for name in ("ImprovedCNN", "ModernCNN"):
        network = build_network(name, 102).eval()
        with FlopCounterMode(display=False) as counter:
            network(torch.zeros(1, 3, 224, 224))
        counts[name] = counter.get_total_flops() // 2
    assert counts["ModernCNN"] <= 1.25 * counts["ImprovedCNN"]
    network = build_network("ModernCNN", 102)
    assert sum(4 * tensor.numel() for tensor in network.state_dict().values()) <= 16e6


def test_the_target_layer_of_modern_is_its_last_convolution_normalised() -> None:
    network = ModernCNN(5).eval()
    block = network.features[-1]
    assert isinstance(block, Residual)
    layer = dict(network.named_modules())[TARGET_LAYERS["ModernCNN"]]
    assert layer is block.norm
    kept: list[torch.Tensor] = []
    block.register_forward_hook(lambda _, given, __: kept.append(given[0]))
    layer.register_forward_hook(lambda _, __, output: kept.append(output))
    logits = network(torch.rand(2, 3, 224, 224))
    normalised, given = kept
    assert normalised.shape == (2, 256, 28, 28)
    torch.testing.assert_close(logits, network.classifier(given + torch.relu(normalised)))


def test_a_residual_convolution_adds_to_what_it_was_given() -> None:
    block = Residual(4).eval()
    features = torch.randn(1, 4, 6, 6)
    added = block(features) - features
    assert added.min() >= 0
    torch.testing.assert_close(added, torch.relu(block.norm(block.convolution(features))))


def test_layers_of_my_cnn_in_order() -> None:
    block = ["Conv2d", "BatchNorm2d", "ReLU"]
    pooled = [*block, "MaxPool2d"]
    network = MyCNN(3)
    assert [type(m).__name__ for m in network.features] == [*pooled * 3, *block, "AdaptiveAvgPool2d"]
    assert [type(m).__name__ for m in network.classifier] == [
        "Flatten",
        "Linear",
        "ReLU",
        "Dropout",
        "Linear",
    ]
    assert [m.out_channels for m in network.features if isinstance(m, nn.Conv2d)] == [32, 64, 128, 256]


def test_unknown_network_names_the_known_ones() -> None:
    with pytest.raises(TrainingError, match=r"'ResNet'.*MyCNN, ImprovedCNN"):
        build_network("ResNet", 3)
