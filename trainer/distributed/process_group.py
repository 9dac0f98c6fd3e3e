"""Data-parallel training: `torchrun --nproc-per-node 2 -m trainer ...`.

Every process holds the whole network and takes its share of each batch; gradients are averaged by
`DistributedDataParallel`, over gloo on CPUs and NCCL on GPUs. Control messages (stopping, saving) use gloo,
so no GPU waits for them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from whylight.errors import TrainingError

from .sync_batch_norm import convert_sync_batch_norm

LONGEST_WAIT = timedelta(hours=6)
"""Timeout of collective operations; reading a large data set may take hours."""


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """Rank of this process and its collective operations; a single process by default."""

    rank: int = 0
    """Rank from 0; rank 0 writes the run folder and prints messages."""
    count: int = 1
    """Number of processes on all machines."""
    local_rank: int = 0
    """Rank among the processes on this machine."""
    control: Any = None
    """The gloo process group for control messages; None for a single process."""

    @property
    def is_first(self) -> bool:
        """Whether this process has rank 0."""
        return self.rank == 0

    def local_batch_slice(self, length: int) -> NDArray[np.int64]:
        """Return this process's indices within a batch of `length` images.

        Indices are dealt in pairs, since images 2 i and 2 i + 1 may be mixed with each other.
        """
        places = np.arange(length)
        mine: NDArray[np.bool_] = places // 2 % self.count == self.rank
        return places[mine]

    def wrap(self, network: nn.Module, device: torch.device) -> nn.Module:
        """Return the module to train, which shares `network`'s parameters.

        It averages gradients over the processes, and its BatchNorms use the statistics of the whole batch, so
        results do not depend on the number of processes.
        """
        if self.count == 1:
            return network
        convert_sync_batch_norm(network, device)
        return DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)

    def wait(self) -> None:
        """Wait for all processes; raises `TrainingError` if one has ended."""
        if self.count > 1:
            with _told():
                distributed.barrier(self.control)

    def largest(self, number: int) -> int:
        """Return the maximum of `number` over all processes."""
        if self.count == 1:
            return number
        tensor = torch.tensor(number)
        with _told():
            distributed.all_reduce(tensor, distributed.ReduceOp.MAX, self.control)
        return int(tensor.item())

    def total(self, tensor: Tensor) -> Tensor:
        """Return the sum of `tensor` over all processes; the argument is not modified."""
        total = tensor.detach().cpu().clone()
        if self.count > 1:
            with _told():
                distributed.all_reduce(total, group=self.control)
        return total

    def collect(self, tensor: Tensor) -> list[Tensor]:
        """Gather `tensor` (same shape everywhere, on the CPU) from all ranks, in order."""
        if self.count == 1:
            return [tensor]
        found = [torch.empty_like(tensor) for _ in range(self.count)]
        with _told():
            distributed.all_gather(found, tensor, self.control)
        return found


SINGLE_PROCESS = ProcessGroup()
"""The default: a single process."""


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # torch has no narrower one for a lost connection
        raise TrainingError(
            "another process of this run has ended; see its own message ({reason})", reason=error
        ) from error


@contextmanager
def init_process_group(environment: Mapping[str, str] = os.environ) -> Iterator[ProcessGroup]:
    """Join the process group started by torchrun; a single process without torchrun."""
    count = int(environment.get("WORLD_SIZE", "1"))
    if count == 1:
        yield SINGLE_PROCESS
        return
    local_rank = int(environment["LOCAL_RANK"])
    backend = "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(local_rank)
        backend = "cpu:gloo,cuda:nccl"
    distributed.init_process_group(backend, timeout=LONGEST_WAIT)
    try:
        control = distributed.new_group(backend="gloo", timeout=LONGEST_WAIT)
        yield ProcessGroup(distributed.get_rank(), count, local_rank, control)
    finally:
        distributed.destroy_process_group()
