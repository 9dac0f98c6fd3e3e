"""Random augmentation of training images, per image and on the training device.

TorchVision's v2 transforms draw parameters once per batch. Here each augmentation is one tensor operation
over the batch with one row of parameters per image, so its cost is a few operations per batch. The
parameters are a pure function of seed, epoch and batch and are drawn on the CPU: a resumed run, another
device and each of several processes get the same augmentation.
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
"""Ratio of cached to training image size, so that crops are rarely magnified."""
DRAWS = 19
"""Random numbers drawn per image."""
LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in luma (ITU-R BT.601)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """Kinds and strengths of augmentation; lengths are fractions of the image."""

    smallest_area: float = 0.5
    """Smallest area of a random crop, as a fraction of the image (arXiv:1409.4842, section 6)."""
    largest_aspect: float = 4 / 3
    """Aspect ratio of a crop: log-uniform between the inverse of this and this."""
    geometry: float = 0.2
    """Fraction of images that are also rotated, sheared or stretched (one of the three)."""
    degrees: float = 15.0
    """Largest rotation in degrees, in either direction; shears use the same range."""
    colour: float = 0.2
    """Fraction of images with changed brightness, contrast, saturation or tint (one of the four)."""
    strength: float = 0.4
    """Largest change of a colour factor either way (TrivialAugment: one change, uniformly drawn strength,
    arXiv:2103.10158)."""
    erasing: float = 0.1
    """Fraction of images with one rectangle erased (random erasing, arXiv:1708.04896)."""
    largest_erased: float = 0.2
    """Largest area of the erased rectangle, as a fraction of the image."""

    def draw(self, count: int, *, seed: int, epoch: int, batch: int) -> AugmentParams:
        """Draw the parameters for the `count` images of batch `batch` in epoch `epoch`."""
        draws = torch.from_numpy(np.random.default_rng([seed, epoch, batch, 1]).random((count, DRAWS)))
        return AugmentParams(self._geometry(draws), self._colour(draws), self._erased(draws))

    def _geometry(self, draws: Tensor) -> Tensor:
        """Affine maps from output to input coordinates in -1..1, float32 `[N, 2, 3]`."""
        # Random crop: size and centre, and a horizontal flip.
        area = self.smallest_area + (1 - self.smallest_area) * draws[:, 0]
        aspect = torch.exp((2 * draws[:, 1] - 1) * math.log(self.largest_aspect))
        height = (area * aspect).sqrt().clamp_(max=1)
        width = (area / aspect).sqrt().clamp_(max=1)
        across = (1 - width) * (2 * draws[:, 2] - 1)
        down = (1 - height) * (2 * draws[:, 3] - 1)
        flip = torch.where(draws[:, 4] < 0.5, -1.0, 1.0)
        # Rotation, shear or stretch, for some of the images.
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
        """Per-channel weights of red, green, blue, mean grey and one, float32 `[N, 3, 5]`."""
        count = len(draws)
        # One of brightness, contrast, saturation and tint.
        changed = draws[:, 8] < self.colour
        which = (draws[:, 9] * 4).long()
        amount = (2 * draws[:, 10] - 1) * self.strength * changed
        brightness = torch.where(which == 0, 2 * amount, 0.0)
        contrast = torch.where(which == 1, 1 + amount, 1.0)
        saturation = torch.where(which == 2, 1 + amount, 1.0)
        tint = (2 * draws[:, 11:14] - 1) * torch.where(which == 3, amount.abs(), 0.0)[:, None]
        # Combine them into a 3 x 3 matrix, a weight of the mean grey and a shift.
        identity = torch.eye(3, dtype=draws.dtype).expand(count, 3, 3)
        grey = torch.tensor(LUMA, dtype=draws.dtype).expand(count, 3, 3)
        mixed = saturation[:, None, None] * identity + (1 - saturation)[:, None, None] * grey
        mixed = mixed * contrast[:, None, None]
        means = (1 - contrast)[:, None].expand(count, 3)
        shifts = brightness[:, None] + 2 * tint
        return torch.cat([mixed, means[:, :, None], shifts[:, :, None]], 2).float()

    def _erased(self, draws: Tensor) -> Tensor:
        """Rectangles to erase, float32 `[N, 4]`: left, right, top, bottom in 0..1.

        An empty rectangle erases nothing.
        """
        area = self.largest_erased * (0.1 + 0.9 * draws[:, 15]) * (draws[:, 14] < self.erasing)
        aspect = torch.exp((2 * draws[:, 16] - 1) * math.log(3))
        height = (area * aspect).sqrt().clamp_(max=1)
        width = (area / aspect).sqrt().clamp_(max=1)
        left = (1 - width) * draws[:, 17]
        top = (1 - height) * draws[:, 18]
        return torch.stack([left, left + width, top, top + height], 1).float()


@dataclass(frozen=True, slots=True)
class AugmentParams:
    """Augmentation parameters of a batch of N images, on the CPU."""

    geometry: Tensor
    """float32 `[N, 2, 3]`: affine map from output to input coordinates in -1..1."""
    colour: Tensor
    """float32 `[N, 3, 5]`: weights of red, green, blue, mean grey and one in each channel."""
    erased: Tensor
    """float32 `[N, 4]`: left, right, top and bottom of a rectangle, in 0..1."""

    def __getitem__(self, chosen: NDArray[np.int64]) -> AugmentParams:
        return AugmentParams(self.geometry[chosen], self.colour[chosen], self.erased[chosen])

    def apply(self, images: Tensor, size: int) -> Tensor:
        """Augment normalised images, float32 `[N, 3, H, W]` to `[N, 3, size, size]`.

        Runs on the device of `images`. Erased areas are zero, the mean colour of the data set; areas outside
        the input are filled by reflection.
        """
        device = images.device
        count = len(images)
        if not count:  # empty share of a small last batch, which grid_sample rejects
            return images.new_zeros(0, 3, size, size)
        grid = F.affine_grid(self.geometry.to(device), [count, 3, size, size], align_corners=False)
        cut = F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
        return self._erase(self._recolour(cut, device), size)

    def _recolour(self, images: Tensor, device: torch.device) -> Tensor:
        """Apply a 3 x 3 matrix and a shift to each image."""
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
