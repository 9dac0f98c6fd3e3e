"""Mixup and CutMix, drawn for each pair of images in a batch.

    image <- k * image + (1 - k) * partner          mixup, arXiv:1710.09412
    image <- image with a rectangle of partner      CutMix, arXiv:1905.04899; it covers 1 - k
    loss    <- k * loss(label) + (1 - k) * loss(partner's label)

Images 2 i and 2 i + 1 of a batch are partners. Both use the same k >= 0.5, so each image keeps the larger
part. A last image without partner is not mixed. Like all augmentation, the draw is a pure function of seed,
epoch and batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class MixupCutmix:
    """Parameters of mixup and CutMix."""

    part: float = 0.5
    """Fraction of pairs that are mixed."""
    rectangles: float = 0.5
    """Fraction of mixed pairs that use CutMix; the others use mixup."""
    blending: float = 0.2
    """Both parameters of the Beta distribution of k in mixup; in CutMix, k is uniform."""

    def draw(self, count: int, *, seed: int, epoch: int, batch: int) -> MixedBatch:
        """Draw the mixing parameters for `count` images of batch `batch` in epoch `epoch`."""
        pairs = count // 2
        random = np.random.default_rng([seed, epoch, batch, 2])
        draws = random.random((pairs, 5))
        # k: from the Beta distribution for mixup, uniform for CutMix; 1 for pairs that are not mixed.
        blends = random.beta(self.blending, self.blending, pairs)
        mixed = draws[:, 0] < self.part
        cut = mixed & (draws[:, 1] < self.rectangles)
        kept = np.where(cut, draws[:, 2], blends)
        kept = np.where(mixed, np.maximum(kept, 1 - kept), 1.0)
        # A square of area 1 - k at a random position.
        side = np.sqrt(1 - kept)
        left, top = (1 - side) * draws[:, 3], (1 - side) * draws[:, 4]
        rectangle = np.stack([left, left + side, top, top + side], 1) * cut[:, None]
        blend = np.where(cut, 1.0, kept)
        return MixedBatch(*(_both(values, count) for values in (kept, blend, rectangle)))


def _both(values: NDArray[np.float64], count: int) -> Tensor:
    """Repeat each pair's values for both images; pad for a last image without partner."""
    rows = torch.from_numpy(np.repeat(values, 2, axis=0)).float()
    alone = rows.new_full((count - len(rows), *rows.shape[1:]), 1.0 if rows.ndim == 1 else 0.0)
    return torch.cat([rows, alone])


@dataclass(frozen=True, slots=True)
class MixedBatch:
    """Mixing parameters of a batch of N images, on the CPU."""

    kept: Tensor
    """float32 `[N]`: weight k of the image's own label, 1 if it is not mixed."""
    blend: Tensor
    """float32 `[N]`: weight of the image's own pixels in mixup, 1 otherwise."""
    rectangle: Tensor
    """float32 `[N, 4]`: left, right, top and bottom in 0..1 of the partner's rectangle, or zeros."""

    def __getitem__(self, chosen: NDArray[np.int64]) -> MixedBatch:
        return MixedBatch(self.kept[chosen], self.blend[chosen], self.rectangle[chosen])

    def apply(self, images: Tensor) -> Tensor:
        """Return a new tensor with `images` `[N, 3, S, S]` mixed."""
        device, size = images.device, images.shape[-1]
        partners = images[permuted_index(len(images)).to(device)]
        left, right, top, bottom = self.rectangle.to(device).unbind(1)
        place = (torch.arange(size, device=device) + 0.5) / size
        columns = (place >= left[:, None]) & (place < right[:, None])
        rows = (place >= top[:, None]) & (place < bottom[:, None])
        kept = self.blend.to(device)[:, None, None] * ~(rows[:, :, None] & columns[:, None, :])
        return torch.lerp(partners, images, kept[:, None].to(images.dtype))


def permuted_index(count: int) -> Tensor:
    """Return the row of each image's partner, int64 `[count]`; its own if unpaired."""
    rows = torch.arange(count)
    return torch.where(rows ^ 1 < count, rows ^ 1, rows)
