"""The two networks of the report, MyCNN and ImprovedCNN, and the table of all networks by name.

All take a normalised float32 image batch `[N, 3, H, W]` and give logits `[N, K]`. Since the report's
last feature stage is an `AdaptiveAvgPool2d(4)`, any H and W of at least 8 will do; the weights do not depend
on them, and a network may be trained at growing image sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from whylight.errors import TrainingError

from .modern_cnn import ModernCNN

CHANNELS = (32, 64, 128, 256)
"""Output channels of the four blocks."""
POOLED_SIZE = 4
"""Height and width of the feature map that the classifier sees."""


def _convolution(inputs: int, outputs: int) -> list[nn.Module]:
    """One Conv3x3 - BatchNorm - ReLU that keeps height and width."""
    return [nn.Conv2d(inputs, outputs, kernel_size=3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]


def _features(convolutions_per_block: int) -> nn.Sequential:
    """Four blocks; MaxPool halves height and width after the first three, the last is pooled to 4 x 4."""
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
    """Four blocks of one Conv-BatchNorm-ReLU each; the last convolution is `features[12]`."""

    def __init__(self, class_count: int) -> None:
        super().__init__()
        self.features = _features(convolutions_per_block=1)
        self.classifier = _classifier(class_count)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `[N, K]` of normalised images `[N, 3, H, W]`."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


class ImprovedCNN(nn.Module):
    """Four blocks of two Conv-BatchNorm-ReLU each; the last convolution is `features[24]`.

    At 224 x 224 the output of `features[24]`, the map that Grad-CAM explains, is `[N, 256, 28, 28]`.
    """

    def __init__(self, class_count: int) -> None:
        super().__init__()
        self.features = _features(convolutions_per_block=2)
        self.classifier = _classifier(class_count)

    def forward(self, images: Tensor) -> Tensor:
        """Logits `[N, K]` of normalised images `[N, 3, H, W]`."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


NETWORKS: Mapping[str, Callable[[int], nn.Module]] = {
    "MyCNN": MyCNN,
    "ImprovedCNN": ImprovedCNN,
    "ModernCNN": ModernCNN,
}
"""Networks by name: each is called with the number of classes K."""

TARGET_LAYERS: Mapping[str, str] = {
    "MyCNN": "features.12",
    "ImprovedCNN": "features.24",
    "ModernCNN": "features.13.norm",
}
"""The target layer of each network, by its name in `named_modules()`: the last convolution, of ModernCNN with
its BatchNorm (docs/decisions/0043-modern-is-explained-at-its-last-convolution.md)."""


def build_network(name: str, class_count: int) -> nn.Module:
    """A freshly initialised network for `class_count` classes; `TrainingError` for an unknown name."""
    if name not in NETWORKS:
        raise TrainingError(
            "unknown network '{name}': expected one of {known}", name=name, known=", ".join(NETWORKS)
        )
    return NETWORKS[name](class_count)
