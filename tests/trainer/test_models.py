from __future__ import annotations

import pytest
import torch
from torch import nn

from explain.errors import TrainingError
from trainer.models import NETWORKS, TARGET_LAYERS, ImprovedCNN, MyCNN, build_network


# By hand, for K = 257. Convolutions of MyCNN: 896 + 18,496 + 73,856 + 295,168; of ImprovedCNN also
# 9,248 + 36,928 + 147,584 + 590,080. BatchNorms: 2 x 480 and 4 x 480. Linear: 2,097,664 + 131,841.
@pytest.mark.parametrize(("name", "parameters"), [("MyCNN", 2_618_881), ("ImprovedCNN", 3_403_681)])
def test_parameter_count(name: str, parameters: int) -> None:
    assert sum(p.numel() for p in build_network(name, 257).parameters()) == parameters


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("height", "width"), [(32, 32), (96, 96), (50, 71)])
def test_any_picture_size_gives_one_logit_a_class(name: str, height: int, width: int) -> None:
    logits = build_network(name, 11).eval()(torch.zeros(2, 3, height, width))
    assert logits.shape == (2, 11)


@pytest.mark.parametrize("name", NETWORKS)
def test_target_layer_is_the_last_convolution(name: str) -> None:
    convolutions = [n for n, m in build_network(name, 5).named_modules() if isinstance(m, nn.Conv2d)]
    assert convolutions[-1] == TARGET_LAYERS[name]


def test_the_map_of_improved_cnn_is_28_by_28() -> None:
    network = ImprovedCNN(3).eval()
    assert isinstance(network.features[24], nn.Conv2d)
    assert network.features[:25](torch.zeros(1, 3, 224, 224)).shape == (1, 256, 28, 28)


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
