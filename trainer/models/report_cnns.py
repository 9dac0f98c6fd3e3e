"""The report's networks, MyCNN and ImprovedCNN, and the table of all networks.

All map normalised float32 images `[N, 3, H, W]` to logits `[N, K]`. The report's last feature stage is an
`AdaptiveAvgPool2d(4)`, so H and W can be anything from 8 up and may grow during training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from whylight.errors import TrainingError

from .backbones import LITE, EfficientNetLite, build_on_backbone, is_backbone, last_maps
from .modern_cnn import ModernCNN

CHANNELS = (32, 64, 128, 256)
"""Output channels of the four blocks."""
POOLED_SIZE = 4
"""Height and width of the classifier's input map."""


def _convolution(inputs: int, outputs: int) -> list[nn.Module]:
    """Conv3x3 - BatchNorm - ReLU with unchanged height and width."""
    return [nn.Conv2d(inputs, outputs, kernel_size=3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]


def _features(convolutions_per_block: int) -> nn.Sequential:
    """Four blocks of convolutions with a pooling after each.

    MaxPool halves height and width after the first three blocks; the last one is pooled to 4 x 4.
    """
    layers: list[nn.Module] = []
    inputs = 3
    for outputs in CHANNELS:
        for _ in range(convolutions_per_block):
            layers += _convolution(inputs, outputs)
            inputs = outputs
        layers.append(nn.MaxPool2d(2) if outputs != CHANNELS[-1] else nn.AdaptiveAvgPool2d(POOLED_SIZE))
    return nn.Sequential(*layers)


def _classifier(class_count: int) -> nn.Sequential:
    """Flatten, Linear(4096, 512), ReLU, Dropout 0.5, Linear(512, K)."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(CHANNELS[-1] * POOLED_SIZE * POOLED_SIZE, 512),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(512, class_count),
    )


class MyCNN(nn.Module):
    """Four blocks of one Conv-BatchNorm-ReLU each.

    The last convolution is `features[12]`.
    """

    def __init__(self, class_count: int) -> None:
        super().__init__()
        self.features = _features(convolutions_per_block=1)
        self.classifier = _classifier(class_count)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `[N, K]` for normalised images `[N, 3, H, W]`."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


class ImprovedCNN(nn.Module):
    """Four blocks of two Conv-BatchNorm-ReLU each.

    The last convolution is `features[24]`; at 224 x 224 its output, the default map for Grad-CAM, is
    `[N, 256, 28, 28]`.
    """

    def __init__(self, class_count: int) -> None:
        super().__init__()
        self.features = _features(convolutions_per_block=2)
        self.classifier = _classifier(class_count)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `[N, K]` for normalised images `[N, 3, H, W]`."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


NETWORKS: Mapping[str, Callable[[int], nn.Module]] = {
    "MyCNN": MyCNN,
    "ImprovedCNN": ImprovedCNN,
    "ModernCNN": ModernCNN,
}
"""Network constructors by name; each takes the number of classes K."""

TARGET_LAYERS: Mapping[str, str] = {
    "MyCNN": "features.12",
    "ImprovedCNN": "features.24",
    "ModernCNN": "features.13.norm",
}
"""Target layer of each network in `named_modules()`: the last convolution, with its BatchNorm in ModernCNN
(docs/decisions/0043-modern-is-explained-at-its-last-convolution.md)."""


def build_network(name: str, class_count: int) -> nn.Module:
    """Create a network with random weights: one of `NETWORKS`, or that of a backbone.

    Raises `TrainingError` if unknown.
    """
    if name in NETWORKS:
        return NETWORKS[name](class_count)
    if not is_backbone(name):
        raise TrainingError(
            "unknown network '{name}': expected one of {known}, or a TorchVision classifier",
            name=name,
            known=", ".join([*NETWORKS, *LITE]),
        )
    return build_on_backbone(name, class_count)


def target_layer(name: str, network: nn.Module, image_size: int) -> str:
    """Return the name of the layer that is explained by default."""
    if isinstance(network, EfficientNetLite):
        return network.target_layer
    return TARGET_LAYERS[name] if name in TARGET_LAYERS else last_maps(network, image_size)
