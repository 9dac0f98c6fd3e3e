"""Several processes that train one network: `torchrun --nproc-per-node 2 -m trainer ...`.

Every process holds the whole network and takes its share of each batch; gradients are averaged by
`DistributedDataParallel`, over gloo on processors and NCCL on GPUs. What they agree on besides (stopping,
saving) goes over gloo, so that no GPU has to wait for it.
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
"""How long one process waits for the others: as long as reading a large data set may take."""


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """This process among those that train together; alone by default."""

    rank: int = 0
    """From 0; the first one writes the run folder and speaks to the user."""
    count: int = 1
    """All processes, on all machines."""
    local_rank: int = 0
    """Among those on this machine."""
    control: Any = None
    """The process group for what is not gradients; None where there is one process."""

    @property
    def is_first(self) -> bool:
        """Whether this process writes and speaks."""
        return self.rank == 0

    def local_batch_slice(self, length: int) -> NDArray[np.int64]:
        """Which places of a batch of `length` images are this process's.

        They are taken by twos, since images 2 i and 2 i + 1 may be mixed with each other.
        """
        places = np.arange(length)
        mine: NDArray[np.bool_] = places // 2 % self.count == self.rank
        return places[mine]

    def wrap(self, network: nn.Module, device: torch.device) -> nn.Module:
        """The network to be run in training: it has `network`'s parameters, and averages their gradients.

        Its BatchNorms see the whole batch, so that several processes compute what one would.
        """
        if self.count == 1:
            return network
        convert_sync_batch_norm(network, device)
        return DistributedDataParallel(network, device_ids=[device] if device.type == "cuda" else None)

    def wait(self) -> None:
        """Go on when all processes are here; `TrainingError` if one has ended."""
        if self.count > 1:
            with _told():
                distributed.barrier(self.control)

    def largest(self, number: int) -> int:
        """The largest of all processes' numbers, known to each."""
        if self.count == 1:
            return number
        tensor = torch.tensor(number)
        with _told():
            distributed.all_reduce(tensor, distributed.ReduceOp.MAX, self.control)
        return int(tensor.item())

    def total(self, tensor: Tensor) -> Tensor:
        """The sum of all processes' tensors, known to each; `tensor` stays as it is."""
        total = tensor.detach().cpu().clone()
        if self.count > 1:
            with _told():
                distributed.all_reduce(total, group=self.control)
        return total

    def collect(self, tensor: Tensor) -> list[Tensor]:
        """Every process's `tensor` (all of one shape, on the CPU) in order of rank, known to each."""
        if self.count == 1:
            return [tensor]
        found = [torch.empty_like(tensor) for _ in range(self.count)]
        with _told():
            distributed.all_gather(found, tensor, self.control)
        return found


SINGLE_PROCESS = ProcessGroup()
"""One process, as most runs are."""


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
    """This process among those that torchrun started, or alone where it was started by itself."""
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
