"""Dynamic batching of concurrent requests; halves batches when memory runs out.

On the CPU, each request runs separately. Other devices run one batch at a time: requests that arrive during a
run are queued, and the next run takes those of the same image size as the oldest one. A batch never waits to
fill up, and a single request runs immediately. If a batch does not fit into device memory, its halves are run
and later batches are limited to that size; if a single image does not fit, it runs on the CPU.
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
"""Maximum batch size. All batch sizes are powers of two, since CUDA searches for the best convolution
algorithm for each new batch size."""

_MOST_PIXELS = 64_000_000
"""Maximum number of pixels in a batch (192 MB), unless a single image is larger."""

_MOST_GRADIENTS = 128
"""Maximum number of scores in a batch; their gradients take 0.8 MB each with ImprovedCNN."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    request: InferenceRequest
    answer: Future[InferenceResult] = field(default_factory=Future)


class BatchQueue:
    """Runs inference requests of any number of threads.

    Args:
        pair: the two graphs.
        open_on_cpu: opens the same pair on the CPU, used if the device runs out of memory. None if `pair` is
            on the CPU; requests are not batched then.
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
        """Whether requests of several threads are batched."""
        return self._open_on_cpu is not None

    def answer(self, request: InferenceRequest) -> InferenceResult:
        """Run both graphs for an image, possibly batched with other requests."""
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
        """Return logits `[N, K]` of images `[N, H, W, 3]`."""
        try:
            return run_pair.predict(self.pair, images)
        except Exception as error:
            reason = self._reason(error)
        if len(images) > 1:
            half = len(images) // 2
            return np.concatenate([self.predict(images[:half]), self.predict(images[half:])])
        return run_pair.predict(self._cpu_pair(reason), images)

    def predict_at_places(self, images: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return a detector's scores `[N, K, P]` and boxes `[N, 4, P]` of images."""
        try:
            return run_pair.predict_at_places(self.pair, images)
        except Exception as error:
            reason = self._reason(error)
        return run_pair.predict_at_places(self._cpu_pair(reason), images)

    def derive(
        self,
        tensors: Tensors,
        weights: NDArray[np.float32],
        derived: str,
        place_weights: NDArray[np.float32] | None = None,
    ) -> GradientResult:
        """Run the gradient graph, on the CPU if the device runs out of memory.

        See `whylight.inference.run_pair.run_gradient`.
        """
        try:
            return run_pair.run_gradient(self.pair, tensors, weights, derived, place_weights)
        except Exception as error:
            reason = self._reason(error)
        return run_pair.run_gradient(self._cpu_pair(reason), tensors, weights, derived, place_weights)

    def _take(self) -> list[_Waiting]:
        """Take the oldest request and those that can be batched with it."""
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
        """Run a batch, then release the device."""
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
            # Outside of `except`, which would keep the failed run's tensors alive.
            if len(part) > 1:
                self._most = len(part) // 2
            else:
                found += run_pair.answer(self._cpu_pair(reason), part)
        return found

    def _reason(self, error: Exception) -> Message:
        """Return the message for the switch to the CPU; re-raises other errors."""
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
    """Return the key that is equal for requests of one batch."""
    return request.pixels.shape, request.derived
