"""Dynamic batching of concurrent requests; halves batches when memory runs out.

On the CPU every caller's run is its own. Any other device takes one run at a time, in batches: while it is
busy, what is asked meanwhile from other threads gathers, and the next run takes of it the images that have
the size of the one that has waited longest. So nobody waits for a batch to fill, and a lone caller's image
is run at once. Where the device has no memory for a batch, its halves are run, and all later batches are no
larger; where it has none for a single image, the CPU does that.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from whylight.errors import Message
from whylight.inference import run_pair
from whylight.inference.open_pair import OpenedPair
from whylight.inference.run_pair import GradientResult, InferenceRequest, InferenceResult, Tensors
from whylight.runtime.session import ran_out_of_memory
from whylight.tensor_names import GRADIENTS

MOST_IN_BATCH = 16
"""Images of a batch. A power of two, as every batch is: CUDA's convolutions look for their best algorithm
anew for each size of a batch that they meet."""

_MOST_PIXELS = 64_000_000
"""Pixels of the images of a batch, 192 MB, unless one alone is larger."""

_MOST_GRADIENTS = 128
"""Scores of a batch, unless one image has more; their gradients take 0.8 MB each with ImprovedCNN."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    request: InferenceRequest
    answer: Future[InferenceResult] = field(default_factory=Future)


class BatchQueue:
    """Answers about images, for any number of threads.

    Args:
        pair: the two graphs.
        open_on_cpu: opens the same pair on the CPU, for what the device has no memory for. None where `pair`
            is on the CPU already: then nothing is run together.
    """

    def __init__(self, pair: OpenedPair, open_on_cpu: Callable[[], OpenedPair] | None) -> None:
        self.pair = pair
        self._open_on_cpu = open_on_cpu
        self._on_cpu: OpenedPair | None = None
        self._opening = threading.Lock()
        self._most = MOST_IN_BATCH
        self._waiting: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._busy = False

    @property
    def in_batches(self) -> bool:
        """Whether images that are asked for from several threads are run together."""
        return self._open_on_cpu is not None

    def answer(self, request: InferenceRequest) -> InferenceResult:
        """Run both graphs for an image, perhaps together with other threads' images."""
        if not self.in_batches:
            return run_pair.answer(self.pair, [request])[0]
        mine = _Waiting(request)
        with self._changed:
            self._waiting.append(mine)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: mine.answer.done() or not self._busy)
                if mine.answer.done():
                    return mine.answer.result()
                self._busy = True
                batch = self._take()
            self._run(batch)

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits `[N, K]` of images `[N, H, W, 3]`."""
        try:
            return run_pair.predict(self.pair, images)
        except Exception as error:
            reason = self._reason(error)
        if len(images) > 1:
            half = len(images) // 2
            return np.concatenate([self.predict(images[:half]), self.predict(images[half:])])
        return run_pair.predict(self._cpu_pair(reason), images)

    def derive(self, tensors: Tensors, weights: NDArray[np.float32], derived: str) -> GradientResult:
        """`whylight.inference.run_pair.run_gradient`, on the CPU where the device has no memory for it."""
        try:
            return run_pair.run_gradient(self.pair, tensors, weights, derived)
        except Exception as error:
            reason = self._reason(error)
        return run_pair.run_gradient(self._cpu_pair(reason), tensors, weights, derived)

    def _take(self) -> list[_Waiting]:
        """Whoever has waited longest, and those that can be run together with that."""
        first = self._waiting[0].request
        alike = [entry for entry in self._waiting if _kind(entry.request) == _kind(first)]
        height, width, _ = first.pixels.shape
        count = min(len(alike), self._most, max(1, _MOST_PIXELS // (height * width)))
        if first.derived == GRADIENTS:
            count = min(count, max(1, _MOST_GRADIENTS // max(entry.request.scores for entry in alike)))
        batch = alike[: 1 << (count.bit_length() - 1)]
        for entry in batch:
            self._waiting.remove(entry)
        return batch

    def _run(self, batch: Sequence[_Waiting]) -> None:
        """Answer a batch, and leave the device to the next."""
        try:
            found = self._answers([entry.request for entry in batch])
        except BaseException as error:
            for entry in batch:
                entry.answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            for entry, answer in zip(batch, found, strict=True):
                entry.answer.set_result(answer)
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _answers(self, requests: Sequence[InferenceRequest]) -> list[InferenceResult]:
        found: list[InferenceResult] = []
        while len(found) < len(requests):
            part = requests[len(found) : len(found) + self._most]
            try:
                found += run_pair.answer(self.pair, part)
                continue
            except Exception as error:
                reason = self._reason(error)
            # Not inside of `except`, where the failed run's tensors would still be held.
            if len(part) > 1:
                self._most = len(part) // 2
            else:
                found += run_pair.answer(self._cpu_pair(reason), part)
        return found

    def _reason(self, error: Exception) -> Message:
        """What is told where the CPU takes over; raises the error itself where it is about something else."""
        if not self.in_batches or not ran_out_of_memory(error):
            raise error
        device = self.pair.provider.removesuffix("ExecutionProvider")
        return Message("{device} ran out of memory", device=device)

    def _cpu_pair(self, reason: Message) -> OpenedPair:
        assert self._open_on_cpu is not None
        with self._opening:
            if self._on_cpu is None:
                self._on_cpu = replace(self._open_on_cpu(), provider_reason=reason)
        return self._on_cpu


def _kind(request: InferenceRequest) -> tuple[tuple[int, ...], str]:
    """What the images of a batch have in common."""
    return request.pixels.shape, request.derived
