"""Training images in GPU memory; an epoch is a permutation of their rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .batches import Batch, Batches, DatasetSlice

MEMORY_PART = 0.5
"""Largest fraction of a GPU's free memory used for images; the rest is left to training."""
_IMAGES_A_COPY = 256


@dataclass(frozen=True, slots=True)
class OnDeviceSlice(Batches):
    """One part of a split at one image size in device memory.

    Yields the same batches as the `DatasetSlice` it was made from.
    """

    pixels: Tensor
    """uint8 `[n, S, S, 3]`, in the part's order, on the device."""
    device_labels: Tensor
    """int64 `[n]`, on the device."""
    labels: NDArray[np.int64]
    """int64 `[n]`, on the CPU."""

    @classmethod
    def of(cls, part: DatasetSlice, device: torch.device) -> OnDeviceSlice:
        """Copy `part` to `device` in chunks."""
        pixels = torch.empty(len(part), *part.cache.pixels.shape[1:], dtype=torch.uint8, device=device)
        for start in range(0, len(part), _IMAGES_A_COPY):
            rows = part.rows[start : start + _IMAGES_A_COPY]
            pixels[start : start + len(rows)] = torch.from_numpy(part.cache.pixels[rows])
        return cls(pixels, torch.from_numpy(part.labels).to(device), part.labels)

    def cut(self, places: NDArray[np.int64]) -> Batch:
        """See `Batches.cut`; the tensors are on the device."""
        chosen = torch.from_numpy(places).to(self.pixels.device, non_blocking=True)
        return self.pixels.index_select(0, chosen), self.device_labels.index_select(0, chosen)


def to_device(part: Batches, device: torch.device) -> Batches:
    """Place `part` in GPU memory if it fits, else use pinned memory; no-op on the CPU."""
    if device.type != "cuda" or not isinstance(part, DatasetSlice):
        return part
    free, _ = torch.cuda.mem_get_info(device)
    size = len(part) * math.prod(part.cache.pixels.shape[1:])
    return OnDeviceSlice.of(part, device) if size <= MEMORY_PART * free else replace(part, pinned=True)
