"""Differences of two models about the images of the gallery."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from whylight.class_names import plain_name
from whylight.errors import WhylightError

from ..common.feature import Feature

if TYPE_CHECKING:
    from whylight.explainer import Explainer

log = logging.getLogger(__name__)

CHUNK_SECONDS = 0.2
"""Interval at which differences are delivered."""

WAIT_SECONDS = 0.05


def shared_classes(first: Sequence[str], second: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the indexes of the classes that both models have, in the same order."""
    places = {plain_name(name): index for index, name in reversed(list(enumerate(second)))}
    plain = [plain_name(name) for name in first]
    pairs = [(index, places[name]) for index, name in enumerate(plain) if name in places]
    return [one for one, _ in pairs], [other for _, other in pairs]


def difference(
    one: NDArray[np.float32], other: NDArray[np.float32], shared: tuple[list[int], list[int]]
) -> float:
    """Return half the sum of the differences of two models' answers, 0 to 1.

    For probabilities that is the total variation distance: the share of its certainty that one model would
    have to move to answer as the other. To a class that it does not have, a model gives nothing.

    Args:
        one, other: answers float32 `[K]` and `[L]`.
        shared: their shared classes (`shared_classes`).
    """
    first, second = shared
    common = float(np.abs(one[first] - other[second]).sum())
    rest = float(np.delete(one, first).sum() + np.delete(other, second).sum())
    return min(1.0, (common + rest) / 2)


class Difference(Feature):
    """Runs both models on all images while the gallery is sorted by their difference."""

    measured = Signal(object)
    """Differences by path."""
    progressed = Signal(int, int)
    ended = Signal()

    def __init__(self, is_free: Event, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_free = is_free
        self._queue = self._add_queue("difference", newest_wins=True)
        self.models: tuple[Explainer, Explainer] | None = None

    def set_models(self, first: Explainer | None, second: Explainer | None) -> None:
        """Compare these models from now on; earlier differences are void."""
        self._queue.cancel_all()
        self.ended.emit()
        self.models = None if first is None or second is None else (first, second)

    def measure(self, paths: Sequence[Path]) -> None:
        """Measure the differences about these images."""
        if self.models is not None and paths:
            first, second = self.models
            self._queue.run_steps(
                lambda: self._steps(first, second, list(paths)), self._take, self._report, self.ended.emit
            )

    @property
    def idle(self) -> bool:
        """Whether nothing is being measured."""
        return self._queue.idle

    def stop(self) -> None:
        """Stop measuring; what was measured stays."""
        self._queue.cancel_all()
        self.ended.emit()

    def _steps(
        self, first: Explainer, second: Explainer, paths: list[Path]
    ) -> Iterator[tuple[int, int, dict[Path, float]]]:
        shared = shared_classes(first.class_names, second.class_names)
        found: dict[Path, float] = {}
        told = monotonic()
        for count, path in enumerate(paths, start=1):
            while not self._is_free.wait(WAIT_SECONDS):
                yield count - 1, len(paths), {}  # a point of cancellation
            try:
                found[path] = difference(first.predict(path), second.predict(path), shared)
            except WhylightError:
                found[path] = float("nan")
            if monotonic() - told > CHUNK_SECONDS or count == len(paths):
                yield count, len(paths), found
                found, told = {}, monotonic()

    def _take(self, step: tuple[int, int, dict[Path, float]]) -> None:
        done, total, found = step
        if found:
            self.measured.emit(found)
        self.progressed.emit(done, total)

    def _report(self, error: Exception) -> None:
        log.error("comparing ended", exc_info=error)
        self.ended.emit()
        super()._report(error)
