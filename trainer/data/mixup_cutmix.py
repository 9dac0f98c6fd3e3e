"""Two training images in one: mixup and CutMix, drawn for each pair of images in a batch.

    image <- k * image + (1 - k) * partner          mixup, arXiv:1710.09412
    image <- image with a rectangle of partner      CutMix, arXiv:1905.04899; it covers 1 - k
    loss    <- k * loss(label) + (1 - k) * loss(partner's label)

Images 2 i and 2 i + 1 of a batch are partners; both get the same k of at least one half, so that each stays
the larger part of itself. A last one without partner stays as it is. Like every change, the draw is a pure
function of seed, epoch and batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class MixupCutmix:
    """How often images are mixed, and how."""

    part: float = 0.5
    """Part of the pairs that are mixed."""
    rectangles: float = 0.5
    """Part of the mixed pairs that exchange a rectangle; the others are blended."""
    blending: float = 0.2
    """Both parameters of the Beta distribution that a blend's k is drawn from; a rectangle's is uniform."""

    def draw(self, count: int, *, seed: int, epoch: int, batch: int) -> MixedBatch:
        """The mixture of the `count` images of batch `batch` in epoch `epoch`."""
        pairs = count // 2
        random = np.random.default_rng([seed, epoch, batch, 2])
        draws = random.random((pairs, 5))
        blends = random.beta(self.blending, self.blending, pairs)
        mixed = draws[:, 0] < self.part
        cut = mixed & (draws[:, 1] < self.rectangles)
        kept = np.where(cut, draws[:, 2], blends)
        kept = np.where(mixed, np.maximum(kept, 1 - kept), 1.0)
        side = np.sqrt(1 - kept)
        left, top = (1 - side) * draws[:, 3], (1 - side) * draws[:, 4]
        rectangle = np.stack([left, left + side, top, top + side], 1) * cut[:, None]
        blend = np.where(cut, 1.0, kept)
        return MixedBatch(*(_both(values, count) for values in (kept, blend, rectangle)))


def _both(values: NDArray[np.float64], count: int) -> Tensor:
    """A pair's values for each of its images; zeros, or ones of a vector, for one without partner."""
    rows = torch.from_numpy(np.repeat(values, 2, axis=0)).float()
    alone = rows.new_full((count - len(rows), *rows.shape[1:]), 1.0 if rows.ndim == 1 else 0.0)
    return torch.cat([rows, alone])


@dataclass(frozen=True, slots=True)
class MixedBatch:
    """What the N images of a batch keep of themselves; on the CPU."""

    kept: Tensor
    """float32 `[N]`: k above, 1 where an image is not mixed."""
    blend: Tensor
    """float32 `[N]`: what an image's pixels count in a blend, 1 where it is none."""
    rectangle: Tensor
    """float32 `[N, 4]`: left, right, top and bottom in 0..1 of what the partner gives, or zeros."""

    def __getitem__(self, chosen: NDArray[np.int64]) -> MixedBatch:
        return MixedBatch(self.kept[chosen], self.blend[chosen], self.rectangle[chosen])

    def apply(self, images: Tensor) -> Tensor:
        """Mix `images` `[N, 3, S, S]`; what is returned is new."""
        device, size = images.device, images.shape[-1]
        partners = images[permuted_index(len(images)).to(device)]
        left, right, top, bottom = self.rectangle.to(device).unbind(1)
        place = (torch.arange(size, device=device) + 0.5) / size
        columns = (place >= left[:, None]) & (place < right[:, None])
        rows = (place >= top[:, None]) & (place < bottom[:, None])
        kept = self.blend.to(device)[:, None, None] * ~(rows[:, :, None] & columns[:, None, :])
        return torch.lerp(partners, images, kept[:, None].to(images.dtype))


def permuted_index(count: int) -> Tensor:
    """int64 `[count]`: the row of each image's partner, its own where it has none."""
    rows = torch.arange(count)
    return torch.where(rows ^ 1 < count, rows ^ 1, rows)
