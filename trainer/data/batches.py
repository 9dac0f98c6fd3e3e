"""Batches read from the image cache, prefetched by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .cache import ImageCache
from .split import Sample
from .statistics import Statistics


def epoch_order(count: int, *, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return the order of `count` training images in `epoch`.

    The order is a pure function of the arguments, so a run stopped within an epoch resumes with the batches
    not yet seen.
    """
    return np.random.default_rng([seed, epoch]).permutation(count)


Prepare = Callable[[Tensor, int], Tensor]
"""Converts pixels uint8 `[n, S, S, 3]` of the batch with the given number to network input."""

Share = Callable[[int], NDArray[np.int64]]
"""Indices within a batch of the given length that one process takes."""

Batch = tuple[Tensor, Tensor]
"""Pixels or prepared images `[n, ...]`, and labels int64 `[n]`."""


@dataclass(frozen=True, slots=True)
class Batching:
    """Division of `count` images into batches of `size`.

    The last batch is smaller. A single remaining image joins the previous batch instead, since BatchNorm
    needs at least two images.
    """

    count: int
    size: int

    def __len__(self) -> int:
        full, left = divmod(self.count, self.size)
        return full + (left > 1 or (left == 1 and full == 0))

    def __getitem__(self, batch: int) -> slice:
        """Slice of batch `batch` in the order of images."""
        return slice(batch * self.size, self.count if batch == len(self) - 1 else (batch + 1) * self.size)

    def length(self, batch: int) -> int:
        """Number of images in batch `batch`."""
        places = self[batch]
        return int(places.stop - places.start)

    def seen(self, batches: int) -> int:
        """Number of images in the first `batches` batches."""
        return self.count if batches == len(self) else batches * self.size


class Batches(ABC):
    """One part of a split at one image size, wherever its pixels are stored."""

    __slots__ = ()
    labels: NDArray[np.int64]
    """`[n]`: label of each image."""

    def __len__(self) -> int:
        return len(self.labels)

    @abstractmethod
    def cut(self, places: NDArray[np.int64]) -> Batch:
        """Return pixels uint8 `[len(places), S, S, 3]` and labels of the images `places`."""

    def batches(
        self,
        order: NDArray[np.int64],
        batch_size: int,
        prepare: Prepare,
        *,
        start: int = 0,
        share: Share = np.arange,
    ) -> Iterator[Batch]:
        """Yield prepared images and labels in `order`, from batch `start` on.

        `share` selects the images of this process within each batch. One thread prepares the next batch while
        the caller works on the current one.
        """
        batching = Batching(len(order), batch_size)

        def prepared(batch: int) -> Batch:
            places = order[batching[batch]]
            pixels, labels = self.cut(places[share(len(places))])
            return prepare(pixels, batch), labels

        return _one_ahead(prepared, start, len(batching))


def _one_ahead(prepared: Callable[[int], Batch], start: int, count: int) -> Iterator[Batch]:
    """Yield `prepared(start)` to `prepared(count - 1)`; a thread computes one ahead."""
    if start >= count:
        return
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        coming = pool.submit(prepared, start)
        for following in range(start + 1, count):
            batch = coming.result()
            coming = pool.submit(prepared, following)
            yield batch
        yield coming.result()


@dataclass(frozen=True, slots=True)
class DatasetSlice(Batches):
    """One part of a split at one image size, read from the image cache."""

    cache: ImageCache
    rows: NDArray[np.int64]
    """`[n]`: row of `cache.pixels` of each image."""
    labels: NDArray[np.int64]
    pinned: bool = False
    """Whether batches are returned in pinned memory, for asynchronous copies to a GPU."""

    @classmethod
    def of(cls, cache: ImageCache, samples: Sequence[Sample]) -> DatasetSlice:
        """Look up `samples` in `cache`."""
        row_of = {path: row for row, path in enumerate(cache.paths)}
        rows = np.array([row_of[path] for path, _ in samples], dtype=np.int64)
        return cls(cache, rows, np.array([label for _, label in samples], dtype=np.int64))

    def cut(self, places: NDArray[np.int64]) -> Batch:
        """See `Batches.cut`; the tensors are on the CPU."""
        pixels = torch.from_numpy(self.cache.pixels[self.rows[places]])
        labels = torch.from_numpy(self.labels[places])
        return (pixels.pin_memory(), labels.pin_memory()) if self.pinned else (pixels, labels)


@dataclass(frozen=True, slots=True)
class Normaliser:
    """Normalise uint8 pixels on the network's device."""

    mean: Tensor
    """float32 `[1, 3, 1, 1]`, in units of uint8 pixels."""
    scale: Tensor
    """float32 `[1, 3, 1, 1]`, the inverse standard deviation in units of uint8 pixels."""

    @classmethod
    def of(cls, statistics: Statistics, device: torch.device) -> Normaliser:
        """Create the normaliser for images with the given statistics."""
        mean = torch.tensor(statistics.mean, dtype=torch.float64).view(1, 3, 1, 1) * 255
        std = torch.tensor(statistics.std, dtype=torch.float64).view(1, 3, 1, 1) * 255
        return cls(mean.float().to(device), (1 / std).float().to(device))

    def __call__(self, pixels: Tensor) -> Tensor:
        """Convert uint8 `[N, H, W, 3]` to float32 `[N, 3, H, W]` in channels-last memory."""
        images = pixels.to(self.mean.device, non_blocking=True).permute(0, 3, 1, 2).float()
        return images.sub_(self.mean).mul_(self.scale)
