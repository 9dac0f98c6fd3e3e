"""Many images explained, several at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from time import perf_counter
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from whylight.errors import ImageError
from whylight.explanation import Explanation
from whylight.images.decode import ImageLike, as_rgb, open_image
from whylight.images.files import find_images
from whylight.images.limits import MAX_PIXELS
from whylight.inference.batch_queue import MOST_IN_BATCH
from whylight.parallel.layer_fusion import explain_layers
from whylight.parallel.ordered_map import Item, PixelBudget, Result, ordered_map
from whylight.protocols import ImageExplainer
from whylight.runtime.session import CPU

ImageT = TypeVar("ImageT", bound=ImageLike)

MOST_AT_ONCE = 8
"""However many cores there are: each image at work takes the memory of one run of the network."""

_ON_DEVICE = 2 * MOST_IN_BATCH
"""Threads where a device runs images in batches: while it does, the next batch is decoded and gathers."""

_FEW = 4
"""Images a core from which on it is worth opening the model once more, for runs that keep to one core."""


class ParallelExplainer:
    """Threads that take whole images through decoding, explaining and what their caller does with them.

    A run of the network that is spread over the cores leaves them idle where its parts wait for each other,
    and while images are decoded and drawn. A run a core, each for an image of its own, leaves none idle.
    On another device than the CPU, images of several threads are run in batches
    (`whylight.inference.batch_queue`).

    Args:
        explainer: the model. For more than a few images on the CPU it is opened once more, unless its runs
            keep to one core already.
        images: how many there are; None for many.
        further_layers: explained beside the explainer's own; their maps are fused with its.

    Raises:
        ModelError: there is no such layer.
    """

    def __init__(
        self, explainer: ImageExplainer, images: int | None, further_layers: Sequence[str] = ()
    ) -> None:
        on_cpu = explainer.provider == CPU
        self._threads = min(_cores(), MOST_AT_ONCE) if on_cpu else _ON_DEVICE
        if on_cpu and _are_many(images):
            explainer = explainer.with_threads(1)
        self._explainers = [explainer, *(explainer.with_layer(layer) for layer in further_layers)]
        # Together they hold no more than one image of the largest size that is decoded at all.
        self._room = PixelBudget(MAX_PIXELS)

    def ordered_map(
        self, work: Callable[[Item], Result], items: Iterable[Item]
    ) -> Generator[tuple[Item, Future[Result]], None, None]:
        """`whylight.parallel.ordered_map.ordered_map` with as many threads as the device likes."""
        return ordered_map(work, items, self._threads)

    @contextmanager
    def explained(
        self,
        image: ImageLike,
        top: int,
        method: str,
        classes: Sequence[int] | None = None,
        score_weights: NDArray[np.float32] | None = None,
    ) -> Iterator[tuple[NDArray[np.uint8], Explanation]]:
        """An image RGB uint8 `[H, W, 3]` and its explanation, asked for as in `Explainer.explain`.

        Where `score_weights` `[M, K]` are given, these scores are explained.

        Raises `ImageError` where it cannot be read. The image counts as held until the context is left.
        """
        if not isinstance(image, (str, os.PathLike, bytes)):  # the caller's, and already in memory
            given = as_rgb(image)
            yield given, self._explain(given, classes, top, method, score_weights)
            return
        undecoded = open_image(image)
        with self._room.taken(undecoded.pixels):
            begun = perf_counter()
            pixels, notes = undecoded.decode_noting()
            decode_ms = 1000 * (perf_counter() - begun)
            explanation = self._explain(pixels, classes, top, method, score_weights)
            timings_ms = {**explanation.timings_ms, "decode": decode_ms}
            yield pixels, replace(explanation, timings_ms=timings_ms, notes=notes)

    def _explain(
        self,
        pixels: NDArray[np.uint8],
        classes: Sequence[int] | None,
        top: int,
        method: str,
        score_weights: NDArray[np.float32] | None,
    ) -> Explanation:
        if len(self._explainers) > 1:
            return explain_layers(self._explainers, pixels, classes, top, method, score_weights)
        if score_weights is not None:
            return self._explainers[0].explain_scores(pixels, score_weights, method)
        return self._explainers[0].explain(pixels, classes, top, method)


def explain_each(
    workers: ParallelExplainer,
    images: Iterable[ImageT],
    classes: Sequence[int] | None,
    top: int,
    method: str,
    on_error: Callable[[ImageT, ImageError], None] | None,
) -> Generator[tuple[ImageT, Explanation], None, None]:
    """What `Explainer.explain_many` gives."""

    def work(image: ImageT) -> Explanation:
        with workers.explained(image, top, method, classes) as (_, explanation):
            return explanation

    with closing(workers.ordered_map(work, images)) as outcomes:
        for image, outcome in outcomes:
            try:
                explanation = outcome.result()
            except ImageError as error:
                if on_error is None:
                    raise
                on_error(image, error)
                continue
            finally:
                del outcome  # its error's traceback holds this frame, and with it the model: a cycle
            yield image, explanation


def threads_per_run(paths: Iterable[str | os.PathLike[str]]) -> int | None:
    """How many threads to open an explainer with (`Explainer`) for a report of the images under `paths`.

    So that it need not be opened once more for it.
    """
    enough = _FEW * min(_cores(), MOST_AT_ONCE)
    found = islice(find_images(paths, on_error=lambda *_: None), enough)
    return 1 if _are_many(sum(1 for _ in found)) else None


def _are_many(images: int | None) -> bool:
    enough = _FEW * min(_cores(), MOST_AT_ONCE)
    return enough > _FEW and (images is None or images >= enough)


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
