"""ModernCNN, the network of the recipe `modern`: lightly residual, fast on CPUs.

ImprovedCNN with three changes. A 5 x 5 convolution of stride 2 replaces the first block, which worked at
full image size and took half of the time. The second convolution of each block is residual (He et al.,
*Deep Residual Learning*, arXiv:1512.03385). The hidden layer of the classifier has a BatchNorm, without
which training fails at this recipe's learning rates.

The 4 x 4 map before the classifier is kept (docs/decisions/0042-the-classifier-sees-places.md).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

STEM_CHANNELS = 64
"""Output channels of the stem, at half the image's height and width."""
BLOCK_CHANNELS = (64, 128, 256)
"""Output channels of the blocks; height and width are halved between them."""
POOLED_SIZE = 4
"""Height and width of the classifier's input map."""
HIDDEN = 512
"""Width of the classifier's hidden layer."""
DROPOUT = 0.5
"""Dropout probability before the last layer."""


class Residual(nn.Module):
    """Conv3x3 - BatchNorm - ReLU, added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, C, H, W]` to the same shape."""
        return features + torch.relu(self.norm(self.convolution(features)))


def _convolution(inputs: int, outputs: int, size: int, stride: int) -> list[nn.Module]:
    """Conv - BatchNorm - ReLU; height and width are divided by `stride`, rounded up."""
    convolution = nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]


class ModernCNN(nn.Module):
    """A strided stem, three blocks with a residual convolution each, and a classifier.

    The target layer is `features.13.norm`, the last convolution with its BatchNorm, `[N, 256, H / 8, W / 8]`
    (docs/decisions/0043-modern-is-explained-at-its-last-convolution.md). H and W must be at least 32.
    """

    def __init__(self, class_count: int) -> None:
        super().__init__()
        layers = _convolution(3, STEM_CHANNELS, size=5, stride=2)
        inputs = STEM_CHANNELS
        for outputs in BLOCK_CHANNELS:
            if outputs != inputs:
                layers += [nn.MaxPool2d(2), *_convolution(inputs, outputs, size=3, stride=1)]
            layers.append(Residual(outputs))
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(POOLED_SIZE),
            nn.Flatten(),
            nn.Linear(inputs * POOLED_SIZE**2, HIDDEN, bias=False),
            nn.BatchNorm1d(HIDDEN),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
            nn.Linear(HIDDEN, class_count),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Return logits `[N, K]` for normalised images `[N, 3, H, W]`."""
        logits: Tensor = self.classifier(self.features(images))
        return logits
