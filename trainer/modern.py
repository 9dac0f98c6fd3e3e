"""ModernCNN: the network of the recipe `modern`, lightly residual and quick on a processor.

It halves the picture twice before the first wide convolution, where ImprovedCNN runs four of its eight
convolutions at the two largest sizes; so it needs fewer multiply-adds and far less memory traffic at every
step, while its receptive field covers the whole picture. Basic blocks are those of He et al., *Deep Residual
Learning*, arXiv:1512.03385; the averaged shortcut is "ResNet-D" of He et al., *Bag of Tricks*,
arXiv:1812.01187, which loses no pixel where a strided 1 x 1 convolution skips three of four.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

STEM_CHANNELS = 48
"""Output channels of the stem."""
STAGES = ((48, 1), (96, 2), (192, 2), (256, 1))
"""Output channels and stride of each stage: the last keeps the size, so that its map is 14 x 14 of 224."""
BLOCKS_PER_STAGE = 2
DROPOUT = 0.2
"""Part of the averaged features that the classifier does not see in training."""


class Block(nn.Module):
    """Conv3x3 - BatchNorm - ReLU - Conv3x3 - BatchNorm, added to a shortcut, then ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.convolution1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.convolution2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = _shortcut(inputs, outputs, stride)
        # The block begins as its shortcut alone, which steadies the first steps (arXiv:1706.02677, 5.1).
        nn.init.zeros_(self.norm2.weight)

    def forward(self, features: Tensor) -> Tensor:
        """`[N, inputs, H, W]` to `[N, outputs, H / stride, W / stride]`, sizes rounded up."""
        inner = torch.relu(self.norm1(self.convolution1(features)))
        return torch.relu(self.norm2(self.convolution2(inner)) + self.shortcut(features))


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    if inputs == outputs and stride == 1:
        return nn.Identity()
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
    if stride > 1:
        layers.insert(0, nn.AvgPool2d(stride, ceil_mode=True, count_include_pad=False))
    return nn.Sequential(*layers)


class ModernCNN(nn.Module):
    """A strided stem, four stages of two residual blocks, an averaged head.

    The target layer is `stages.3.1`, the last block: its output `[N, 256, H / 16, W / 16]` is all
    that the head sees. Any H and W of at least 32 will do.
    """

    def __init__(self, class_count: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, STEM_CHANNELS, kernel_size=5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(STEM_CHANNELS),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        stages = []
        inputs = STEM_CHANNELS
        for outputs, stride in STAGES:
            blocks = [Block(inputs, outputs, stride)]
            blocks += [Block(outputs, outputs, 1) for _ in range(BLOCKS_PER_STAGE - 1)]
            stages.append(nn.Sequential(*blocks))
            inputs = outputs
        self.stages = nn.Sequential(*stages)
        self.classifier = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(DROPOUT), nn.Linear(inputs, class_count)
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits `[N, K]` of normalised pictures `[N, 3, H, W]`."""
        logits: Tensor = self.classifier(self.stages(self.stem(pictures)))
        return logits
