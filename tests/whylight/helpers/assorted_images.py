"""One small network of the parts that classifiers are made of elsewhere, for the tests of adoption."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class ChannelAttention(nn.Module):
    """ECA: a convolution along the channels gates them (Wang et al., 2020)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate = self.conv(x.mean((2, 3)).unsqueeze(1)).sigmoid()
        return x * gate.squeeze(1)[..., None, None]


class PlaceAttention(nn.Module):
    """CBAM's second half: mean and maximum of the channels gate the places (Woo et al., 2018)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        pooled = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)
        return x * self.conv(pooled).sigmoid()


class StandardisedConv(nn.Conv2d):
    """Weights standardised in the graph (Qiao et al., 2019)."""

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight
        mean, std = weight.mean((1, 2, 3), keepdim=True), weight.std((1, 2, 3), keepdim=True)
        return functional.conv2d(x, (weight - mean) / (std + 1e-5), self.bias, padding=1)


class Patches(nn.Module):
    """MobileViT: attention between places at the same spot of their 2 x 2 patches (Mehta et al., 2021)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.qkv = nn.Linear(channels, 3 * channels)

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        spots = x.reshape(n, c, h // 2, 2, w // 2, 2).permute(0, 3, 5, 2, 4, 1).reshape(n * 4, -1, c)
        q, k, v = self.qkv(self.norm(spots)).chunk(3, -1)
        mixed = (q @ k.transpose(1, 2) / c**0.5).softmax(-1) @ v
        mixed = mixed.reshape(n, 2, 2, h // 2, w // 2, c).permute(0, 5, 3, 1, 4, 2)
        return x + mixed.reshape(n, c, h, w)


class CrossCovariance(nn.Module):
    """XCiT: attention between channels, of normalised queries and keys, by einsum (El-Nouby et al., 2021)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(channels, 3 * channels)
        self.warmth = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        tokens = x.flatten(2).transpose(1, 2)
        q, k, v = self.qkv(tokens).chunk(3, -1)
        q, k = functional.normalize(q, dim=1), functional.normalize(k, dim=1)
        attention = (torch.einsum("nlc,nld->ncd", q, k) * self.warmth).softmax(-1)
        mixed = torch.einsum("ncd,nld->nlc", attention, v)
        return x + mixed.transpose(1, 2).reshape(x.shape)


class Assorted(nn.Module):
    """Images `[N, 3, 32, 32]` to 10 logits."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.SiLU())
        self.blur = nn.Conv2d(16, 16, 3, groups=16, bias=False)
        self.groups = nn.GroupNorm(4, 16)
        self.gates = nn.Sequential(ChannelAttention(), nn.PReLU(16), PlaceAttention())
        self.standard = StandardisedConv(16, 16, 3)
        self.down = nn.Conv2d(64, 16, 1)
        self.patches, self.channels = Patches(16), CrossCovariance(16)
        self.up = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.select = nn.Linear(16, 2 * 16)
        self.head = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits `[N, 10]`."""
        x = self.stem(x)
        x = x + self.groups(self.blur(functional.pad(x, (1, 1, 1, 1), mode="reflect")))
        x = self.gates(x)
        x = functional.mish(self.standard(x)) + functional.hardswish(x)
        x = self.down(functional.pixel_unshuffle(x, 2))
        x = self.channels(self.patches(x))
        finer = functional.elu(self.up(x))
        coarser = functional.interpolate(x, scale_factor=2, mode="bilinear")
        x = x + functional.avg_pool2d(torch.cat([finer, coarser[:, 8:]], 1), 2)
        first, second = self.select(x.mean((2, 3))).reshape(-1, 2, 16).softmax(1).unbind(1)
        x = x.roll((1, -1), (2, 3)) * first[..., None, None] + x.flip(3) * second[..., None, None]
        pooled = torch.cat([x.mean((2, 3)), functional.adaptive_max_pool2d(x, 1).flatten(1)], 1)
        return self.head(functional.gelu(pooled, approximate="tanh"))
