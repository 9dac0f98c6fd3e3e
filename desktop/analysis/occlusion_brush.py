"""Occlusion brush: covers parts of the image and predicts the rest."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QAction

from ..common.feature import Feature
from ..session.rendering import BrushDisc, RenderedMaps, RenderRequest
from ..session.session import Session
from .map_test import followed

RADIUS_SHARE = 0.07
"""Radius of the brush, as a fraction of the image's longer side."""


def predict_covered(sketch: RenderRequest, spots: list[BrushDisc]) -> NDArray[np.float32]:
    """Return the answers float32 `[K]` for an image with covered discs.

    They are those at the places in question. The image is covered at the network's input size, in the
    card's mean colour, which is zero after normalisation.
    """
    import cv2

    from whylight.perturbation.estimate import mean_colour
    from whylight.perturbation.input_resize import at_input
    from whylight.view import View

    image, explainer = sketch.image, followed(sketch)
    at = at_input(explainer, image.pixels)
    seen = at.image.copy()
    size = (seen.shape[0], seen.shape[1])
    whole = (image.pixels.shape[0], image.pixels.shape[1])
    view = explainer.card.view(whole) or View(whole, size, size, (0, 0))
    # From pixels of the shown level to those of the input, which the image covers or exceeds.
    down, right = (view.resized[0] / image.levels[0].height(), view.resized[1] / image.levels[0].width())
    colour = tuple(int(value) for value in np.rint(mean_colour(explainer)))
    for spot in spots:
        centre = (
            round(spot.centre.x() * right + view.offset[1]),
            round(spot.centre.y() * down + view.offset[0]),
        )
        axes = max(1, round(spot.radius * right)), max(1, round(spot.radius * down))
        cv2.ellipse(seen, centre, axes, 0, 0, 360, colour, thickness=-1)
    if at.padding is not None:
        seen[at.padding] = at.image[at.padding]
    return np.asarray(at.model.answers(seen[None])[0])


class OcclusionBrush(Feature):
    """Covers parts of the image with the mouse and predicts the rest.

    At most one prediction runs at a time; discs added meanwhile are predicted together after it.
    """

    changed = Signal(list)
    """List of `BrushDisc`s; empty if nothing is covered."""
    answered = Signal(object, object)
    """Answers float32 `[K]` for the covered image and for the image as it is; None if nothing is covered.

    Of a detector or segmenter, those of the box or region in question."""

    def __init__(
        self, session: Session, command: QAction, undo: QAction, parent: QObject | None = None
    ) -> None:
        """`command` switches the brush on and off, `undo` uncovers the last stroke."""
        super().__init__(parent)
        self._session = session
        self._queue = self._add_queue("occlusion")
        self._spots: list[BrushDisc] = []
        self._strokes: list[int] = []
        """Number of discs before each stroke."""
        self._undo = undo
        self._sketch: RenderRequest | None = None
        self._before: NDArray[np.float32] | None = None
        """Answers for the image as it is."""
        self._in_flight = False
        self._is_waiting = False
        session.drawn.connect(self._note)
        command.toggled.connect(self._switch)
        undo.triggered.connect(self.uncover_last)
        undo.setEnabled(False)
        for another in (session.image_requested, session.image_forgotten):
            another.connect(lambda *_: self.clear())

    def cover(self, centre: QPointF, begins: bool = True) -> None:
        """Cover a disc around a point of the explained image.

        `begins`: whether a stroke begins; else all between this point and the last one is covered as well,
        since a quick mouse tells few of its points.
        """
        sketch = self._session.sketch()
        if sketch is None:
            return
        size = sketch.image.levels[0].size()
        radius = RADIUS_SHARE * max(size.width(), size.height())
        if self._sketch is None or sketch.image is not self._sketch.image:
            self._spots, self._strokes = [], []
        points = [centre]
        if self._spots and not begins:
            start = self._spots[-1].centre
            way = centre - start
            count = int(math.hypot(way.x(), way.y()) / (radius / 3))
            points = [start + way * (step / count) for step in range(1, count + 1)]
        if not points:
            return
        if begins or not self._strokes:
            self._strokes.append(len(self._spots))
        self._sketch = sketch
        self._spots = [*self._spots, *(BrushDisc(point, radius) for point in points)]
        self._undo.setEnabled(True)
        self.changed.emit(self._spots)
        self._ask()

    def uncover_last(self) -> None:
        """Uncover the last stroke."""
        if len(self._strokes) < 2:
            self.clear()
            return
        self._spots = self._spots[: self._strokes.pop()]
        self.changed.emit(self._spots)
        self._ask()

    def clear(self) -> None:
        """Uncover the whole image."""
        self._queue.cancel_all()
        self._in_flight = self._is_waiting = False
        self._undo.setEnabled(False)
        if self._spots:
            self._spots, self._strokes, self._sketch = [], [], None
            self.changed.emit([])
            self.answered.emit(None, None)

    def _note(self, drawing: RenderedMaps) -> None:
        self._before = drawing.all_answers

    def _switch(self, on: bool) -> None:
        if not on:
            self.clear()

    def _ask(self) -> None:
        if self._in_flight:
            self._is_waiting = True
            return
        sketch, spots = self._sketch, self._spots
        if sketch is not None:
            self._in_flight, self._is_waiting = True, False
            self._queue.run_task(lambda: predict_covered(sketch, spots), self._take, self._report)

    def _take(self, answers: NDArray[np.float32]) -> None:
        self.answered.emit(answers, self._before)
        self._in_flight = False
        if self._is_waiting:
            self._ask()

    def _report(self, error: Exception) -> None:
        self._in_flight = self._is_waiting = False
        super()._report(error)
