"""Random changes to training images, drawn for each image by itself, on the device that trains.

TorchVision's v2 transforms draw once for a whole batch. Here every change is one tensor operation over the
batch with a row of parameters for each image, so a batch costs a handful of operations whatever they are.
The parameters are a pure function of seed, epoch and batch, drawn on the CPU: a resumed run, another device
and each of several processes see the same changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

CACHE_MARGIN = 1.15
"""Images are kept this much larger than they are trained at, so that a crop is rarely magnified."""
DRAWS = 19
"""Random numbers that one image takes."""
LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in the grey of an image (ITU-R BT.601)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """What may happen to a training image, and how strongly; lengths are fractions of the image."""

    smallest_area: float = 0.5
    """A random crop covers between this part of the image and all of it (arXiv:1409.4842, section 6)."""
    largest_aspect: float = 4 / 3
    """Its height over its width lies between one over this and this, evenly in the logarithm."""
    geometry: float = 0.2
    """Part of the images that are also turned, sheared or stretched, one of the three."""
    degrees: float = 15.0
    """Largest turn either way; shears go as far as a turn would."""
    colour: float = 0.2
    """Part of the images whose brightness, contrast, saturation or tint changes, one of the four."""
    strength: float = 0.4
    """Largest change of a colour factor either way (TrivialAugment: one change, uniformly drawn strength,
    arXiv:2103.10158)."""
    erasing: float = 0.1
    """Part of the images with one rectangle greyed out (random erasing, arXiv:1708.04896)."""
    largest_erased: float = 0.2
    """Part of the image that the rectangle may cover."""

    def draw(self, count: int, *, seed: int, epoch: int, batch: int) -> AugmentParams:
        """The changes of the `count` images of batch `batch` in epoch `epoch`."""
        draws = torch.from_numpy(np.random.default_rng([seed, epoch, batch, 1]).random((count, DRAWS)))
        return AugmentParams(self._geometry(draws), self._colour(draws), self._erased(draws))

    def _geometry(self, draws: Tensor) -> Tensor:
        """float32 `[N, 2, 3]`: from the new image's coordinates in -1..1 to the old one's."""
        area = self.smallest_area + (1 - self.smallest_area) * draws[:, 0]
        aspect = torch.exp((2 * draws[:, 1] - 1) * math.log(self.largest_aspect))
        height = (area * aspect).sqrt().clamp_(max=1)
        width = (area / aspect).sqrt().clamp_(max=1)
        across = (1 - width) * (2 * draws[:, 2] - 1)
        down = (1 - height) * (2 * draws[:, 3] - 1)
        flip = torch.where(draws[:, 4] < 0.5, -1.0, 1.0)
        changed = draws[:, 5] < self.geometry
        which = (draws[:, 6] * 3).long()
        amount = (2 * draws[:, 7] - 1) * changed
        turn = amount * math.radians(self.degrees)
        zero = torch.zeros_like(turn)
        turned = torch.where(which == 0, turn, zero)
        sheared = torch.where(which == 1, turn, zero)
        stretched = torch.where(which == 2, torch.exp(amount * 0.25), zero + 1)
        cos, sin = turned.cos(), turned.sin()
        top = torch.stack([width * flip * cos * stretched, width * (sheared - sin), across], 1)
        bottom = torch.stack([height * flip * sin, height * cos / stretched, down], 1)
        return torch.stack([top, bottom], 1).float()

    def _colour(self, draws: Tensor) -> Tensor:
        """float32 `[N, 3, 5]`: what red, green, blue, the image's mean grey and one give to a channel."""
        count = len(draws)
        changed = draws[:, 8] < self.colour
        which = (draws[:, 9] * 4).long()
        amount = (2 * draws[:, 10] - 1) * self.strength * changed
        brightness = torch.where(which == 0, 2 * amount, 0.0)
        contrast = torch.where(which == 1, 1 + amount, 1.0)
        saturation = torch.where(which == 2, 1 + amount, 1.0)
        tint = (2 * draws[:, 11:14] - 1) * torch.where(which == 3, amount.abs(), 0.0)[:, None]
        identity = torch.eye(3, dtype=draws.dtype).expand(count, 3, 3)
        grey = torch.tensor(LUMA, dtype=draws.dtype).expand(count, 3, 3)
        mixed = saturation[:, None, None] * identity + (1 - saturation)[:, None, None] * grey
        mixed = mixed * contrast[:, None, None]
        means = (1 - contrast)[:, None].expand(count, 3)
        shifts = brightness[:, None] + 2 * tint
        return torch.cat([mixed, means[:, :, None], shifts[:, :, None]], 2).float()

    def _erased(self, draws: Tensor) -> Tensor:
        """float32 `[N, 4]`: left, right, top and bottom in 0..1; an empty rectangle erases nothing."""
        area = self.largest_erased * (0.1 + 0.9 * draws[:, 15]) * (draws[:, 14] < self.erasing)
        aspect = torch.exp((2 * draws[:, 16] - 1) * math.log(3))
        height = (area * aspect).sqrt().clamp_(max=1)
        width = (area / aspect).sqrt().clamp_(max=1)
        left = (1 - width) * draws[:, 17]
        top = (1 - height) * draws[:, 18]
        return torch.stack([left, left + width, top, top + height], 1).float()


@dataclass(frozen=True, slots=True)
class AugmentParams:
    """The changes of one batch of N images; on the CPU."""

    geometry: Tensor
    """float32 `[N, 2, 3]`: affine, from the new image's coordinates in -1..1 to the old one's."""
    colour: Tensor
    """float32 `[N, 3, 5]`: what red, green, blue, the image's mean grey and one give to each channel."""
    erased: Tensor
    """float32 `[N, 4]`: left, right, top and bottom of a rectangle, in 0..1."""

    def __getitem__(self, chosen: NDArray[np.int64]) -> AugmentParams:
        return AugmentParams(self.geometry[chosen], self.colour[chosen], self.erased[chosen])

    def apply(self, images: Tensor, size: int) -> Tensor:
        """Normalised float32 `[N, 3, H, W]` to the same at `[N, 3, size, size]`, on the images' device.

        Since zero is the data set's mean colour, erased parts are mean grey; what lies outside the old
        image is its mirror image.
        """
        device = images.device
        count = len(images)
        if not count:  # the share of a small last batch; grid_sample refuses it
            return images.new_zeros(0, 3, size, size)
        grid = F.affine_grid(self.geometry.to(device), [count, 3, size, size], align_corners=False)
        cut = F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
        return self._erase(self._recolour(cut, device), size)

    def _recolour(self, images: Tensor, device: torch.device) -> Tensor:
        """A 3 x 3 matrix and a shift for each image."""
        colour = self.colour.to(device)
        luma = torch.tensor(LUMA, device=device).view(1, 3, 1)
        flat = images.flatten(2)
        grey = (flat * luma).sum(1).mean(1)
        shift = colour[:, :, 3] * grey[:, None] + colour[:, :, 4]
        return torch.baddbmm(shift[:, :, None], colour[:, :, :3], flat).view_as(images)

    def _erase(self, images: Tensor, size: int) -> Tensor:
        left, right, top, bottom = self.erased.to(images.device).unbind(1)
        place = (torch.arange(size, device=images.device) + 0.5) / size
        columns = (place >= left[:, None]) & (place < right[:, None])
        rows = (place >= top[:, None]) & (place < bottom[:, None])
        return images.masked_fill(rows[:, None, :, None] & columns[:, None, None, :], 0.0)
