"""Connects boxes on the panels and in the list with the session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF

from ..common.feature import Feature
from ..common.number_format import percent
from ..session.question import Question
from ..session.rendering import LoadedImage, RenderedMaps, located
from ..session.session import Session
from .box_overlay import BoxOverlay
from .box_panel import BoxPanel

if TYPE_CHECKING:
    from whylight.detection.boxes import Box

    from ..session.model_loading import LoadedModel


class BoxController(Feature):
    """Shows what a detector found, and asks about it.

    A click on a box asks why it is there. A click beside all boxes pins the spot: the question why a class is
    not found there is offered, and classes chosen in the list are asked at the spot.
    """

    def __init__(
        self, session: Session, panel: BoxPanel, overlay: BoxOverlay, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._panel = panel
        self.overlay = overlay
        session.model_opened.connect(self._take_model)
        session.image_read.connect(self._show_read)
        session.image_failed.connect(lambda *_: self.clear())
        session.image_requested.connect(lambda _: self.unpin())
        session.image_forgotten.connect(self.clear)
        session.drawn.connect(self._show_drawing)
        panel.box_chosen.connect(self.ask)
        panel.why_not_asked.connect(self.ask_why_not)

    def clear(self) -> None:
        """Show no boxes."""
        self.overlay.clear()
        self._panel.clear()

    def ask(self, box: Box) -> None:
        """Ask why a box was found."""
        self.unpin()
        self._session.ask(Question(box.class_index, box=box))

    def ask_why_not(self) -> None:
        """Ask why the class in question is not found at the pinned spot."""
        question = self._session.question
        if question is not None and self._session.spot is not None:
            self._session.ask(Question(question.class_index))

    def _take_model(self, opened: LoadedModel) -> None:
        self.clear()
        self._panel.setVisible(opened.explainer.is_detector)

    def _show_read(self, _image: LoadedImage) -> None:
        """Show no boxes on an image that is not explained."""
        if self._session.explanation is None:
            self.clear()

    def _show_drawing(self, drawing: RenderedMaps) -> None:
        from whylight.detection.boxes import LEAST_SCORE

        explanation, classes = self._session.explanation, self._session.classes
        if explanation is None or explanation.boxes is None:
            self.clear()
            return
        names = [classes[box.class_index] for box in explanation.boxes]
        question = drawing.question
        self._panel.show_boxes(explanation.boxes, names, LEAST_SCORE)
        self._panel.mark(question.box if question.is_found else None)
        draw_boxes(self.overlay, explanation.boxes, classes, question)
        self._offer()

    def click(self, point: QPointF) -> None:
        """Ask about the box at a point of the panels' image, or pin the point."""
        explanation, image = self._session.explanation, self._session.image
        if explanation is None or explanation.boxes is None or image is None:
            return
        share = int(image.pixels.shape[1]) / image.levels[0].width()
        x, y = point.x() * share, point.y() * share
        box = box_at_point(explanation.boxes, x, y)
        if box is not None:
            self.ask(box)
            return
        self._session.spot = (x, y)
        self.overlay.show_pin((x, y))
        self._offer()

    def _offer(self) -> None:
        """Offer the question why not, unless it has been asked."""
        session = self._session
        question, explanation, opened = session.question, session.explanation, session.opened_model
        if session.spot is None or question is None or explanation is None or opened is None:
            self._panel.offer_why_not(None)
            return
        here = located(opened.explainer, explanation, Question(question.class_index), session.spot)
        name = session.classes[question.class_index]
        self._panel.offer_why_not(None if here.box == question.box else name)

    def unpin(self) -> bool:
        """Remove the pinned spot; return whether there was one."""
        was_pinned = self._session.spot is not None
        self._session.spot = None
        self.overlay.show_pin(None)
        self._panel.offer_why_not(None)
        return was_pinned


class SecondBoxes(Feature):
    """Draws what a second model found on its panels."""

    def __init__(self, session: Session, overlay: BoxOverlay, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.overlay = overlay
        session.model_opened.connect(lambda _: overlay.clear())
        session.image_read.connect(lambda _: overlay.clear())
        session.image_failed.connect(lambda *_: overlay.clear())
        session.image_forgotten.connect(overlay.clear)
        session.drawn.connect(self._show_drawing)

    def _show_drawing(self, drawing: RenderedMaps) -> None:
        explanation = self._session.explanation
        if explanation is None or explanation.boxes is None:
            self.overlay.clear()
        else:
            draw_boxes(self.overlay, explanation.boxes, self._session.classes, drawing.question)


def draw_boxes(
    overlay: BoxOverlay, boxes: tuple[Box, ...], classes: Sequence[str], question: Question
) -> None:
    """Draw boxes with class and score, and that of a question."""
    overlay.show_boxes(boxes, [f"{classes[box.class_index]} {percent(box.score)}" for box in boxes])
    if question.box is None:
        overlay.show_asked(None)
    else:
        label = f"{classes[question.class_index]} {percent(question.box.score)}"
        overlay.show_asked(question.box, label, is_found=question.is_found)


def box_at_point(boxes: tuple[Box, ...], x: float, y: float) -> Box | None:
    """Return the smallest box that holds a point of the image; None if there is none."""

    def area(box: Box) -> float:
        left, top, right, bottom = box.corners
        return (right - left) * (bottom - top)

    holding = [
        box
        for box in boxes
        if box.corners[0] <= x <= box.corners[2] and box.corners[1] <= y <= box.corners[3]
    ]
    return min(holding, key=area, default=None)
