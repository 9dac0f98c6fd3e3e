"""Pictures of a report explained several at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explain import MAX_PIXELS
from explain.explanation import Explanation
from explain.fusing import explain_layers
from explain.image_files import find_images
from explain.images import open_image
from explain.report.together import Item, Result, Room, in_order
from explain.runtime import CPU

if TYPE_CHECKING:
    from explain.explainer import Explainer

MOST_AT_ONCE = 8
"""However many cores there are: each picture at work takes the memory of one run of the network."""

_FEW = 4
"""Pictures a core from which on it is worth opening the model once more, for runs that keep to one core."""


class Workers:
    """Threads that explain and draw whole pictures.

    A run of the network that is spread over the cores leaves them idle where its parts wait for each other,
    and while pictures are decoded and drawn. A run a core, each for a picture of its own, leaves none idle.

    Args:
        explainer: the model. For more than a few pictures on the CPU it is opened once more, unless its runs
            keep to one core already.
        pictures: how many there are.
        further_layers: explained beside the explainer's own; their maps are fused with its.

    Raises:
        ModelError: there is no such layer.
    """

    def __init__(self, explainer: Explainer, pictures: int, further_layers: Sequence[str] = ()) -> None:
        self._threads = min(_cores(), MOST_AT_ONCE)
        if explainer.provider == CPU and _are_many(pictures):
            explainer = explainer.with_threads(1)
        self._explainers = [explainer, *(explainer.with_layer(layer) for layer in further_layers)]
        # Together they hold no more than one picture of the largest size that is decoded at all.
        self._room = Room(MAX_PIXELS)

    def in_order(
        self, work: Callable[[Item], Result], items: Sequence[Item]
    ) -> Generator[tuple[Item, Future[Result]], None, None]:
        """`explain.report.together.in_order` with as many threads as there are cores."""
        return in_order(work, items, self._threads)

    @contextmanager
    def explained(
        self, path: Path, top: int, method: str
    ) -> Iterator[tuple[NDArray[np.uint8], Explanation, float]]:
        """A picture RGB uint8 `[H, W, 3]`, its explanation, and the milliseconds that both took.

        Raises `ImageError` where it cannot be read. The picture counts as held until the context is left.
        """
        undecoded = open_image(path)
        with self._room.taken(undecoded.pixels):
            begun = perf_counter()
            image = undecoded.decode()
            explanation = self._explain(image, top, method)
            yield image, explanation, 1000 * (perf_counter() - begun)

    def _explain(self, image: NDArray[np.uint8], top: int, method: str) -> Explanation:
        if len(self._explainers) > 1:
            return explain_layers(self._explainers, image, top=top, method=method)
        return self._explainers[0].explain(image, top=top, method=method)


def threads_a_run(paths: Iterable[str | os.PathLike[str]]) -> int | None:
    """How many threads to open an explainer with (`Explainer`) for a report of the pictures under `paths`.

    So that it need not be opened once more for it.
    """
    enough = _FEW * min(_cores(), MOST_AT_ONCE)
    found = islice(find_images(paths, on_error=lambda *_: None), enough)
    return 1 if _are_many(sum(1 for _ in found)) else None


def _are_many(pictures: int) -> bool:
    return pictures >= _FEW * min(_cores(), MOST_AT_ONCE) > _FEW


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
