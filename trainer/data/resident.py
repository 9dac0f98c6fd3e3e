"""Pixels in a GPU's own memory: no loader, no copying, an epoch is a permutation of rows that are there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainer.data.batches import Batch, Batches, Batching, Part, Prepare, Share, one_ahead

MEMORY_PART = 0.5
"""Of a GPU's free memory, at most this much holds pictures; the rest is for the network's work."""
_PICTURES_A_COPY = 256


@dataclass(frozen=True, slots=True)
class ResidentPart:
    """One part of a split at one picture size, on a device; its batches equal those of the `Part` it was."""

    pixels: Tensor
    """uint8 `[n, S, S, 3]`, in the part's order, on the device."""
    device_labels: Tensor
    """int64 `[n]`, on the device."""
    labels: NDArray[np.int64]
    """The same, here."""

    @classmethod
    def of(cls, part: Part, device: torch.device) -> ResidentPart:
        """Copy `part` to `device`, some pictures at a time."""
        pixels = torch.empty(len(part), *part.cache.pixels.shape[1:], dtype=torch.uint8, device=device)
        for start in range(0, len(part), _PICTURES_A_COPY):
            rows = part.rows[start : start + _PICTURES_A_COPY]
            pixels[start : start + len(rows)] = torch.from_numpy(part.cache.pixels[rows])
        return cls(pixels, torch.from_numpy(part.labels).to(device), part.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def batches(
        self,
        order: NDArray[np.int64],
        batch_size: int,
        prepare: Prepare,
        *,
        start: int = 0,
        share: Share = np.arange,
    ) -> Iterator[Batch]:
        """See `Batches`; labels come on the device. A thread draws and queues the next batch's changes."""
        device = self.pixels.device
        batching = Batching(len(order), batch_size)

        def cut(batch: int) -> Batch:
            rows = order[batching[batch]]
            chosen = torch.from_numpy(rows[share(len(rows))]).to(device, non_blocking=True)
            pixels = self.pixels.index_select(0, chosen)
            return prepare(pixels, batch), self.device_labels.index_select(0, chosen)

        return one_ahead(cut, start, len(batching))


def placed(part: Batches, device: torch.device) -> Batches:
    """`part` where `device` reads it fastest: in a GPU's memory if it has room, else by pinned memory."""
    if device.type != "cuda" or not isinstance(part, Part):
        return part
    free, _ = torch.cuda.mem_get_info(device)
    size = len(part) * math.prod(part.cache.pixels.shape[1:])
    return ResidentPart.of(part, device) if size <= MEMORY_PART * free else replace(part, pinned=True)
