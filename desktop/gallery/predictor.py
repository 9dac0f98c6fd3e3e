"""Predicts all open images in the background; user requests take priority.

Predictions of files that have not changed are cached as long as model, layer and method stay the same.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from whylight.errors import WhylightError

from ..common.feature import Feature
from ..common.file_stamp import Stamp, file_fingerprint
from ..session import rendering
from ..session.color_scale import Scales, strongest_evidence
from ..session.explaining import is_slow
from .image_list import Prediction
from .image_table import NOTHING, UNKNOWN
from .prediction_cache import Predicted, PredictionCache

if TYPE_CHECKING:
    from whylight.explainer import Explainer
    from whylight.explanation import Explanation
    from whylight.segmentation.found import FoundRegions

log = logging.getLogger(__name__)

CHUNK_SECONDS = 0.15
"""Interval at which predictions are delivered."""

CHUNK_MOST = 500
"""Maximum number of predictions delivered at once; cached ones come in thousands."""

LEAST_SHARE = 0.005
"""Share of an image from which a segmenter's class counts as found in it."""

WAIT_SECONDS = 0.05
"""Polling interval for cancellation while the user's image is explained."""


def explain_small(explainer: Explainer, path: Path, method: str) -> Explanation:
    """Explain an image for its most likely class, without drawing.

    The boxes or regions found are added. For methods that take hundreds of forward passes the map is empty.
    """
    if explainer.is_segmenter:
        answered = rendering.with_found(explainer, explainer.forward_only(path, top=1))
        question = rendering.first_question(explainer, answered)
        return answered if is_slow(method) else rendering.ask(explainer, answered, question, method)
    if is_slow(method):
        found = explainer.forward_only(path, top=1)
    else:
        found = explainer.explain(path, top=1, method=method)
    return rendering.with_found(explainer, found)


def predicted_of(explanation: Explanation) -> Predicted:
    """Return the prediction of an explained image, by what was found if anything."""
    strongest = strongest_evidence(explanation)
    best = float(explanation.probabilities.max())
    if explanation.regions is not None:
        return _predicted_of_regions(explanation.regions, strongest, best)
    boxes = explanation.boxes
    if boxes is None:
        return Predicted(int(explanation.probabilities.argmax()), best, strongest)
    counts = Counter(box.class_index for box in boxes)  # in the order of the boxes, the best first
    if not boxes:
        return Predicted(NOTHING, best, strongest, ())
    return Predicted(boxes[0].class_index, boxes[0].score, strongest, tuple(counts.items()))


def _predicted_of_regions(regions: FoundRegions, strongest: float, best: float) -> Predicted:
    """Return the prediction of a segmented image, or of a line of text.

    `best` is the highest answer for the whole image.
    """
    from whylight.segmentation.description import background_class

    if regions.is_line:
        signs = Counter(letter.class_index for letter in regions.letters)
        if not signs:
            return Predicted(NOTHING, best, strongest, (), "")
        score = sum(letter.score for letter in regions.letters) / len(regions.letters)
        first = regions.letters[0].class_index
        return Predicted(first, score, strongest, tuple(signs.items()), regions.text)
    named = [each for each in regions.segments if background_class((each.class_name,)) is None]
    found = tuple((each.class_index, 1) for each in named if each.share >= LEAST_SHARE)
    if not found:
        return Predicted(NOTHING, best, strongest, ())
    return Predicted(found[0][0], named[0].share, strongest, found)


class Predictor(Feature):
    """Predicts images one after the other while `is_free` is set."""

    predicted = Signal(list)
    """List of `Prediction`s."""
    progressed = Signal(int, int)
    """Number of predicted images and the total."""
    ended = Signal()
    """All images are predicted, or the run was cancelled."""

    def __init__(self, is_free: threading.Event, scales: Scales, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_free = is_free
        self._may_go_on = threading.Event()
        """Cleared while a report needs the CPU."""
        self._may_go_on.set()
        self._scales = scales
        self._queue = self._add_queue("predict", newest_wins=True)
        self._explainer: Explainer | None = None
        self._method = "grad-cam"
        self._lock = threading.Lock()
        self._waiting: deque[Path] = deque()
        """A new queue for each run, since a cancelled run may still use the old one."""
        self._pending: set[Path] = set()
        """The waiting images that were not predicted out of turn."""
        self._preferred: deque[Path] = deque()
        """Images to predict first, since they can be seen."""
        self._known: dict[Path, Prediction] = {}
        """Predictions made for the user, possibly before the image was found."""
        self._cache = PredictionCache()
        self._done = self._total = 0
        self._running = False
        self._cancelled = False

    @property
    def running(self) -> bool:
        """Whether images are being predicted."""
        return self._running

    def restart(self, explainer: Explainer | None, paths: Sequence[Path], method: str) -> None:
        """Predict only these images with a model; None stops."""
        self._queue.cancel_all()
        self._running = self._cancelled = False
        self.set_explainer(explainer, method)
        self._drop_waiting()
        with self._lock:
            self._known.clear()
        self._done = self._total = 0
        self.ended.emit()
        self.add(paths)

    def add(self, paths: Sequence[Path]) -> None:
        """Predict further images, unless cancelled or without a model."""
        if self._explainer is None or self._cancelled or not paths:
            return
        with self._lock:
            new = [path for path in dict.fromkeys(paths) if path not in self._pending]
            self._waiting.extend(new)
            self._pending.update(new)
        self._total += len(new)
        if not self._running:
            self._running = True
            waiting = self._waiting
            self._queue.run_steps(lambda: self._steps(waiting), self._take, self._report, self._end)

    def prefer(self, paths: Sequence[Path]) -> None:
        """Predict these images before the others, as far as they are waiting."""
        with self._lock:
            self._preferred = deque(paths)

    def send_known(self, prediction: Prediction) -> None:
        """Use a prediction that was made for the user."""
        with self._lock:
            self._known[prediction.path] = prediction
        self.predicted.emit([prediction])

    def forget(self, path: Path) -> None:
        """Predict a changed image again."""
        with self._lock:
            self._known.pop(path, None)

    def set_explainer(self, explainer: Explainer | None, method: str) -> None:
        """Continue with another layer or method of the same model."""
        with self._lock:
            if explainer is not self._explainer or method != self._method:
                self._cache.clear()
            self._explainer, self._method = explainer, method

    def pause(self, held: bool) -> None:
        """Pause or resume predicting."""
        if held:
            self._may_go_on.clear()
        else:
            self._may_go_on.set()

    @property
    def stopped(self) -> bool:
        """Whether the user has stopped predicting."""
        return self._cancelled

    @property
    def progress(self) -> tuple[int, int]:
        """Number of predicted images, and the total."""
        return self._done, self._total

    def cancel(self) -> None:
        """Stop predicting until the next `resume` or `restart`."""
        self._queue.cancel_all()
        self._drop_waiting()
        self._cancelled = True
        self._stop()

    def resume(self, paths: Sequence[Path], done: int) -> None:
        """Go on with the images that are not predicted yet, after `done` others."""
        self._cancelled = False
        self._done = self._total = done
        self.add(paths)

    def _drop_waiting(self) -> None:
        with self._lock:
            self._waiting.clear()
            self._waiting, self._pending = deque(), set()

    def _steps(self, waiting: deque[Path]) -> Iterator[tuple[int, list[Prediction]]]:
        """Yield the number of images done since the last step, and their predictions."""
        count, chunk, started = 0, list[Prediction](), monotonic()
        while True:
            while not (self._may_go_on.wait(WAIT_SECONDS) and self._is_free.wait(WAIT_SECONDS)):
                yield 0, []  # a point of cancellation
            with self._lock:
                path = self._next(waiting)
                known = None if path is None else self._known.get(path)
            explainer, method = self._explainer, self._method
            if path is None or explainer is None:
                break
            chunk.append(known or self._predict(explainer, path, method, waiting))
            count += 1
            if monotonic() - started > CHUNK_SECONDS or len(chunk) >= CHUNK_MOST:
                yield count, chunk
                count, chunk, started = 0, [], monotonic()
        yield count, chunk

    def _next(self, waiting: deque[Path]) -> Path | None:
        """Take the next image, a visible one first; the lock is held."""
        if waiting is not self._waiting:  # of a cancelled run
            return None
        for queue in (self._preferred, waiting):
            while queue:
                path = queue.popleft()
                if path in self._pending:
                    self._pending.discard(path)
                    return path
        return None

    def _predict(self, explainer: Explainer, path: Path, method: str, waiting: deque[Path]) -> Prediction:
        stamp = file_fingerprint(path)
        predicted = self._remembered(stamp, explainer, method)
        if predicted is None:
            try:
                explanation = explain_small(explainer, path, method)
            except WhylightError:
                return Prediction(path, UNKNOWN, 0.0)
            except Exception:  # continue with the other images
                log.exception("unexpected error in %s", path)
                return Prediction(path, UNKNOWN, 0.0)
            predicted = predicted_of(explanation)
            self._remember(stamp, predicted, explainer, method)
        if explainer is self._explainer and waiting is self._waiting:  # otherwise the result is outdated
            self._scales.update(method, predicted.strongest)
        return Prediction(path, predicted.class_index, predicted.probability, predicted.found, predicted.text)

    def _remembered(self, stamp: Stamp | None, explainer: Explainer, method: str) -> Predicted | None:
        with self._lock:
            if stamp is None or explainer is not self._explainer or method != self._method:
                return None
            return self._cache.get(stamp)

    def _remember(self, stamp: Stamp | None, predicted: Predicted, explainer: Explainer, method: str) -> None:
        with self._lock:
            if stamp is not None and explainer is self._explainer and method == self._method:
                self._cache.put(stamp, predicted)

    def _take(self, step: tuple[int, list[Prediction]]) -> None:
        count, predictions = step
        if predictions:
            self.predicted.emit(predictions)
        if count:
            self._done += count
            self.progressed.emit(self._done, self._total)

    def _end(self) -> None:
        with self._lock:
            left = [path for path in self._waiting if path in self._pending]
            self._waiting.clear()
            self._pending.clear()
        self._stop()
        if left:  # added after the worker's last check
            self._total -= len(left)
            self.add(left)

    def _report(self, error: Exception) -> None:
        log.error("predicting ended", exc_info=error)
        self._stop()

    def _stop(self) -> None:
        self._running = False
        self.ended.emit()
