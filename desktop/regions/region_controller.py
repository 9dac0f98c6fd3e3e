"""Connects regions and letters on the panels and in the list with the session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF

from ..common.error_text import error_text
from ..common.feature import Feature
from ..common.number_format import number
from ..session import regions
from ..session.class_words import shown_sign
from ..session.question import Question, RegionKind
from ..session.rendering import LoadedImage, RenderedMaps
from ..session.session import Session
from .region_colours import class_colour, coloured, deepest_place, outlines
from .region_overlay import Label, Outline, RegionOverlay
from .region_panel import RegionPanel, Row

if TYPE_CHECKING:
    from whylight.explanation import Explanation
    from whylight.pair.card import Card
    from whylight.segmentation.found import FoundRegions

    from ..session.model_loading import LoadedModel

MOST_NAMED = 12
"""Regions whose names are drawn on the image."""
LEAST_NAMED = 0.005
"""Share of the image from which a region's name is drawn on it."""


class RegionController(Feature):
    """Shows the regions or letters that a segmenter found, and asks about them.

    A click pins the spot and asks why its class is found there, in the connected region; classes chosen in
    the list of classes are then asked at the spot. A row asks about all that was found of a class. Of a line
    of text a click or a row asks about a letter.
    """

    def __init__(
        self, session: Session, panel: RegionPanel, overlay: RegionOverlay, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._panel = panel
        self.overlay = overlay
        self._shown: FoundRegions | None = None
        self._answers: NDArray[np.float32] | None = None
        """The model's answers at the region on show, `[K]`."""
        self._other: int | None = None
        """The class that "why not" is offered for."""
        session.model_opened.connect(self._take_model)
        session.image_read.connect(self._show_read)
        session.image_failed.connect(lambda *_: self.clear())
        session.image_requested.connect(lambda _: self.unpin())
        session.image_forgotten.connect(self.clear)
        session.drawn.connect(self._show_drawing)
        panel.row_chosen.connect(self._ask_row)
        panel.why_not_asked.connect(self._ask_why_not)
        panel.whole_asked.connect(self._ask_whole)
        panel.colours_toggled.connect(overlay.show_colours)

    def clear(self) -> None:
        """Show nothing."""
        self._shown = None
        self.overlay.clear()
        self._panel.clear()

    def click(self, point: QPointF) -> None:
        """Ask about the region or letter at a point of the panels' image."""
        found, image, card = self._found, self._session.image, self._card
        if found is None or image is None or card is None:
            return
        share = int(image.pixels.shape[1]) / image.levels[0].width()
        x, y = point.x() * share, point.y() * share
        if found.letters:
            self._ask_letter(min(range(len(found.letters)), key=lambda n: abs(found.letters[n].spot[0] - x)))
        else:
            self._ask_at((x, y))

    def unpin(self) -> bool:
        """Remove the pinned spot; return whether there was one."""
        if self._session.spot is None or self._card is None:
            return False
        self._session.spot = None
        self.overlay.show_pin(None)
        self._panel.offer_questions(None, None)
        return True

    @property
    def _card(self) -> Card | None:
        """The card of an open segmenter."""
        opened = self._session.opened_model
        return opened.explainer.card if opened is not None and opened.explainer.is_segmenter else None

    @property
    def _found(self) -> FoundRegions | None:
        explanation = self._session.explanation
        return None if explanation is None else explanation.regions

    def _take_model(self, opened: LoadedModel) -> None:
        self.clear()
        description = opened.explainer.card.segmenter
        self._panel.setVisible(description is not None)
        self._panel.set_line(description is not None and description.is_line)

    def _show_read(self, _image: LoadedImage) -> None:
        """Show nothing on an image that is not explained."""
        if self._session.explanation is None:
            self.clear()

    def _ask_row(self, row: int) -> None:
        found = self._found
        if found is None:
            return
        if found.letters:
            self._ask_letter(row)
        else:
            self.unpin()
            self._session.ask(Question(found.segments[row].class_index))

    def _ask_letter(self, row: int) -> None:
        explanation, found = self._session.explanation, self._found
        if explanation is None or found is None:
            return
        self._session.spot = found.letters[row].spot
        self._session.ask(regions.letter_question(explanation, row))

    def _ask_at(self, spot: tuple[float, float]) -> None:
        """Ask why its class is found in the connected region at a spot."""
        explanation, card, question = self._session.explanation, self._card, self._session.question
        if explanation is None or card is None or explanation.regions is None or question is None:
            return
        from whylight.errors import WhylightError

        try:
            region = regions.patch(explanation, card, spot)
        except WhylightError as error:  # the model did not see the image there
            self.failed.emit(error_text(error))
            return
        found = int(explanation.regions.labels.flat[region.place])
        self._session.spot = spot
        self.overlay.show_pin(spot)
        self._session.ask(Question(found if found >= 0 else question.class_index))
        self._offer()

    def _ask_why_not(self) -> None:
        """Ask why the most likely other class is not found at the pinned spot."""
        other = self._other
        if other is not None and self._session.spot is not None:
            self._session.ask(Question(other))

    def _ask_whole(self) -> None:
        """Ask about all that was found of the class in question."""
        question = self._session.question
        self.unpin()
        if question is not None:
            self._session.ask(Question(question.class_index, question.kind, question.other))

    def _show_drawing(self, drawing: RenderedMaps) -> None:
        session = self._session
        explanation, card, found = session.explanation, self._card, self._found
        if explanation is None or card is None or found is None:
            self._shown = None
            self.overlay.clear()
            return
        if found is not self._shown:
            self._shown = found
            self._show_found(explanation, card, found)
        self._show_asked(drawing, found)
        self._answers = drawing.all_answers
        self._offer()

    def _show_found(self, explanation: Explanation, card: Card, found: FoundRegions) -> None:
        """Show an image's regions, or its letters."""
        from whylight.segmentation.description import background_class

        names = self._session.classes
        if card.segmenter is not None and card.segmenter.is_line:
            words = self.tr("Read: {text}") if found.letters else self.tr("No letter was read.")
            rows = [Row(shown_sign(letter.sign), letter.score, is_area=False) for letter in found.letters]
            self._panel.show_rows(words.format(text=found.text), rows)
            draw_found(self.overlay, explanation, card, names)
            return
        plain = background_class(card.classes)
        rows = [
            Row(
                names[segment.class_index],
                segment.share,
                None if segment.class_index == plain else class_colour(segment.class_index),
            )
            for segment in found.segments
        ]
        count = sum(segment.class_index != plain for segment in found.segments)
        if count == 0:
            words = self.tr("Nothing was found but the background.")
        else:
            words = self.tr("Found: 1 class") if count == 1 else self.tr("Found: {count} classes")
        self._panel.show_rows(words.format(count=number(count)), rows)
        draw_found(self.overlay, explanation, card, names)

    def _show_asked(self, drawing: RenderedMaps, found: FoundRegions) -> None:
        """Outline the region in question, and mark its row."""
        question = drawing.question
        region = question.region
        draw_asked(self.overlay, found, question)
        if region is None:
            self._panel.mark_row(None)
            return
        row = region.letter
        if row is None and question.is_found and not found.letters:
            row = next(
                (
                    n
                    for n, segment in enumerate(found.segments)
                    if segment.class_index == question.class_index
                ),
                None,
            )
        self._panel.mark_row(row)

    def _offer(self) -> None:
        """Offer to ask about the next class at the spot, and about all of the class."""
        session, found = self._session, self._found
        question = session.question
        self._other = None
        if question is None or question.region is None or found is None or self._answers is None:
            self._panel.offer_questions(None, None)
            return
        names = session.classes
        if session.spot is not None and question.is_found:
            order = np.argsort(-self._answers, kind="stable")
            self._other = next((int(index) for index in order if index != question.class_index), None)
        is_part = question.is_found and question.region.kind is RegionKind.PATCH
        mask = found.labels == question.class_index
        whole = is_part and int(mask.sum()) > int((question.region.weights > 0).sum())
        self._panel.offer_questions(
            None if self._other is None else names[self._other],
            names[question.class_index] if whole else None,
        )


class SecondRegions(Feature):
    """Draws the regions or letters that a second model found on its panels."""

    def __init__(self, session: Session, overlay: RegionOverlay, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.overlay = overlay
        self._shown: FoundRegions | None = None
        session.model_opened.connect(lambda _: self.clear())
        session.image_read.connect(lambda _: self.clear())
        session.image_failed.connect(lambda *_: self.clear())
        session.image_forgotten.connect(self.clear)
        session.drawn.connect(self._show_drawing)

    def clear(self) -> None:
        """Show nothing."""
        self._shown = None
        self.overlay.clear()

    def _show_drawing(self, drawing: RenderedMaps) -> None:
        explanation, opened = self._session.explanation, self._session.opened_model
        if explanation is None or opened is None or explanation.regions is None:
            self.clear()
            return
        if explanation.regions is not self._shown:
            self._shown = explanation.regions
            draw_found(self.overlay, explanation, opened.explainer.card, self._session.classes)
        draw_asked(self.overlay, explanation.regions, drawing.question)


def draw_found(overlay: RegionOverlay, explanation: Explanation, card: Card, names: Sequence[str]) -> None:
    """Draw the letters found, or the regions in colours with names."""
    from whylight.segmentation.description import background_class

    found = explanation.regions
    if found is None:
        overlay.clear()
        return
    covered, grid = covered_part(explanation, card), (found.labels.shape[0], found.labels.shape[1])
    if card.segmenter is not None and card.segmenter.is_line:
        letters = [Label(shown_sign(letter.sign), letter.spot) for letter in found.letters]
        overlay.show_found(None, covered, grid, letters)
        return
    plain = background_class(card.classes)
    named = [each for each in found.segments if each.class_index != plain and each.share >= LEAST_NAMED]
    labels = [
        Label(names[each.class_index], in_pixels(found.labels == each.class_index, covered))
        for each in named[:MOST_NAMED]
    ]
    overlay.show_found(coloured(found.labels, plain), covered, grid, labels)


def draw_asked(overlay: RegionOverlay, found: FoundRegions, question: Question) -> None:
    """Outline the region in question."""
    if question.region is None:
        overlay.show_asked(None)
        return
    mask = question.region.weights.reshape(found.labels.shape) > 0
    overlay.show_asked(Outline(outlines(mask), question.is_found))


def covered_part(explanation: Explanation, card: Card) -> QRectF:
    """Return the part of an image that the places cover, in its pixels.

    It exceeds an image that is letterboxed.
    """
    from whylight.region_questions import view_of

    view = view_of(explanation.image_size, card)
    down, across = (whole / resized for whole, resized in zip(view.image_size, view.resized, strict=True))
    top, left = -view.offset[0] * down, -view.offset[1] * across
    return QRectF(left, top, view.input_size[1] * across, view.input_size[0] * down)


def in_pixels(mask: NDArray[np.bool_], covered: QRectF) -> tuple[float, float]:
    """Return the middle of a region `[h, w]`, x and y in pixels of the image."""
    at, (height, width) = deepest_place(mask), mask.shape
    x = covered.left() + at.x() * covered.width() / width
    return x, covered.top() + at.y() * covered.height() / height
