"""Explain many images in parallel."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from time import perf_counter
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from whylight.box_questions import BoxChoice, BoxExplainer, explain_found
from whylight.errors import ImageError
from whylight.explanation import Explanation
from whylight.images.decode import EncodedImage, ImageLike, as_rgb, open_image
from whylight.images.files import find_images
from whylight.images.limits import MAX_DECODING_BYTES
from whylight.inference.batch_queue import MOST_IN_BATCH
from whylight.parallel.layer_fusion import explain_layers
from whylight.parallel.ordered_map import Item, MemoryBudget, Result, ordered_map
from whylight.protocols import ImageExplainer
from whylight.region_questions import RegionChoice, explain_region, explain_segments
from whylight.runtime.session import CPU

ImageT = TypeVar("ImageT", bound=ImageLike)

MOST_AT_ONCE = 8
"""Maximum number of images in parallel; each needs the memory of one run of the network."""

_ON_DEVICE = 2 * MOST_IN_BATCH
"""Threads for devices that run batches: the next batch is decoded during the current run."""

_FEW = 4
"""Minimum number of images per core for which reopening the model with one thread pays off."""


class ParallelExplainer:
    """Thread pool that decodes, explains and post-processes images.

    A run spread over the cores leaves them idle at synchronisation points and while images are decoded and
    drawn. One single-threaded run per core, each for its own image, uses all of them. On other devices than
    the CPU, images of several threads run in batches (`whylight.inference.batch_queue`).

    Args:
        explainer: the model. It is reopened for more than a few images on the CPU, unless it is
            single-threaded already.
        images: number of images; None for many.
        further_layers: layers explained in addition to the explainer's own; their maps are fused.

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
        self.further_layers = tuple(further_layers)
        """The layers that are explained in addition."""
        self._explainers = [explainer, *(explainer.with_layer(layer) for layer in further_layers)]
        # Together, images in memory take at most what the largest image takes while it is decoded.
        self._room = MemoryBudget(MAX_DECODING_BYTES)

    def ordered_map(
        self, work: Callable[[Item], Result], items: Iterable[Item]
    ) -> Generator[tuple[Item, Future[Result]], None, None]:
        """Run `whylight.parallel.ordered_map.ordered_map` with this pool's thread count."""
        return ordered_map(work, items, self._threads)

    @staticmethod
    def opened(source: str | os.PathLike[str] | bytes, name: str | None = None) -> EncodedImage:
        """Read an image file without decoding it, for `explained`.

        `name` is what messages call bytes. Raises `ImageError` if it cannot be read or is no image.
        """
        return open_image(source) if name is None else open_image(source, name)

    @contextmanager
    def explained(
        self,
        image: ImageLike | EncodedImage,
        top: int,
        method: str,
        classes: Sequence[int] | None = None,
        score_weights: NDArray[np.float32] | None = None,
        boxes: BoxChoice | None = None,
        region: RegionChoice | None = None,
    ) -> Iterator[tuple[NDArray[np.uint8], Explanation]]:
        """Context manager that yields an image RGB uint8 `[H, W, 3]` and its explanation.

        Arguments are those of `Explainer.explain`; `score_weights` `[M, K]`, if given, replace the classes,
        and so do the `boxes` of a detector (`whylight.box_questions.explain_found`) or the `region` of a
        segmenter (`whylight.region_questions.explain_region`).
        Raises `ImageError` if the image cannot be read. The image counts against the memory budget until the
        context exits.
        """
        if not isinstance(
            image, (str, os.PathLike, bytes, EncodedImage)
        ):  # owned by the caller and in memory already
            given = as_rgb(image)
            yield given, self._explain(given, classes, top, method, score_weights, boxes, region)
            return
        undecoded = image if isinstance(image, EncodedImage) else open_image(image)
        with self._room.taken(undecoded.decoding_bytes):
            begun = perf_counter()
            pixels, notes = undecoded.decode_noting()
            decode_ms = 1000 * (perf_counter() - begun)
            explanation = self._explain(pixels, classes, top, method, score_weights, boxes, region)
            timings_ms = {**explanation.timings_ms, "decode": decode_ms}
            yield pixels, replace(explanation, timings_ms=timings_ms, notes=notes)

    def _explain(
        self,
        pixels: NDArray[np.uint8],
        classes: Sequence[int] | None,
        top: int,
        method: str,
        score_weights: NDArray[np.float32] | None,
        boxes: BoxChoice | None,
        region: RegionChoice | None,
    ) -> Explanation:
        if boxes is not None:
            return explain_found(cast("BoxExplainer", self._explainers[0]), pixels, boxes, method)
        if region is not None:
            return explain_region(self._explainers[0], pixels, region, method, top)
        if len(self._explainers) > 1:
            return explain_layers(self._explainers, pixels, classes, top, method, score_weights)
        if self._explainers[0].card.segmenter is not None:
            return explain_segments(self._explainers[0], pixels, classes, score_weights, method, top)
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
    """Implementation of `Explainer.explain_many`."""

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
                del outcome  # break the cycle of traceback, frame and model
            yield image, explanation


def threads_per_run(paths: Iterable[str | os.PathLike[str]]) -> int | None:
    """Return the `threads` argument of `Explainer` for a report of images in `paths`.

    With it, the explainer need not be reopened.
    """
    enough = _FEW * min(_cores(), MOST_AT_ONCE)
    found = islice(find_images(paths, on_error=lambda *_: None), enough)
    return 1 if _are_many(sum(1 for _ in found)) else None


def _are_many(images: int | None) -> bool:
    enough = _FEW * min(_cores(), MOST_AT_ONCE)
    return enough > _FEW and (images is None or images >= enough)


def _cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
