"""What if: a brush covers part of the image, and the probabilities follow as it moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, Signal

from ..common.error_text import error_text
from ..common.task_queue import TaskQueue
from ..session.rendering import LoadedImage, RenderRequest
from ..viewer.painting import BrushDisc

if TYPE_CHECKING:
    from whylight.explainer import Explainer

RADIUS_SHARE = 0.07
"""Of the image's longer side: the brush's radius."""


def predict_covered(explainer: Explainer, image: LoadedImage, spots: list[BrushDisc]) -> NDArray[np.float32]:
    """Return the probabilities float32 `[K]` of an image under grey spots.

    Covered is what the network sees: the image at the input's size, in the card's mean colour, which is the
    zero of the normalised input.
    """
    import cv2

    from whylight.perturbation.estimate import mean_colour
    from whylight.perturbation.input_resize import resize_to_input

    seen = resize_to_input(explainer, image.pixels).copy()
    height, width = seen.shape[:2]
    scale_x, scale_y = width / image.levels[0].width(), height / image.levels[0].height()
    colour = tuple(int(value) for value in np.rint(mean_colour(explainer)))
    for spot in spots:
        centre = round(spot.centre.x() * scale_x), round(spot.centre.y() * scale_y)
        axes = max(1, round(spot.radius * scale_x)), max(1, round(spot.radius * scale_y))
        cv2.ellipse(seen, centre, axes, 0, 0, 360, colour, thickness=-1)
    return explainer.predict(seen)


class OcclusionBrush(QObject):
    """The covered spots of the current image; at most one question is on its way, and the newest wins."""

    changed = Signal(list)
    """`BrushDisc`s; empty when nothing is covered."""
    answered = Signal(object)
    """Probabilities float32 `[K]` of the image as it is covered; None when nothing is."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lane = TaskQueue("cover", parent=self)
        self._spots: list[BrushDisc] = []
        self._sketch: RenderRequest | None = None
        self._in_flight = False
        self._is_waiting = False

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return not self._lane.idle

    def cover(self, sketch: RenderRequest, centre: QPointF) -> None:
        """Cover a disc around a spot of an image, beside those covered before."""
        size = sketch.image.levels[0].size()
        radius = RADIUS_SHARE * max(size.width(), size.height())
        if self._sketch is None or sketch.image is not self._sketch.image:
            self._spots = []
        elif self._spots and (centre - self._spots[-1].centre).manhattanLength() < radius / 3:
            return
        self._sketch = sketch
        self._spots = [*self._spots, BrushDisc(centre, radius)]
        self.changed.emit(self._spots)
        self._ask()

    def clear(self) -> None:
        """Cover nothing any more."""
        self._lane.cancel_all()
        self._in_flight = self._is_waiting = False
        if self._spots:
            self._spots, self._sketch = [], None
            self.changed.emit([])
            self.answered.emit(None)

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._lane.close()

    def _ask(self) -> None:
        if self._in_flight:
            self._is_waiting = True
            return
        sketch, spots = self._sketch, self._spots
        if sketch is not None:
            self._in_flight, self._is_waiting = True, False
            self._lane.run_task(
                lambda: predict_covered(sketch.explainer, sketch.image, spots), self._take, self._report
            )

    def _take(self, probabilities: NDArray[np.float32]) -> None:
        self.answered.emit(probabilities)
        self._in_flight = False
        if self._is_waiting:
            self._ask()

    def _report(self, error: Exception) -> None:
        self._in_flight = self._is_waiting = False
        self.failed.emit(error_text(error))
