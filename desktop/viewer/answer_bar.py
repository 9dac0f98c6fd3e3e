"""Answer in one sentence above the panels, and the way to the recommended map."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from ..common.number_format import number, written
from ..session.color_scale import strongest_colour
from ..session.place import MOST, Place, place_of_box
from ..session.question import Kind
from ..session.rendering import RenderedMaps

WEAK = 0.3
"""Evidence below this part of what red stands for looks blue all over."""


LITTLE = 0.3
"""Share of the evidence inside a box below which it lies "mainly" outside."""


class AnswerBar(QWidget):
    """One sentence: the class, its probability, and where most of the evidence lies."""

    recommended_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.words.setMinimumHeight(2 * self.fontMetrics().height() + 2)  # no jump between short and long
        self.words.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.button = QPushButton(self.tr("Use the recommended map"), self)
        self.button.setToolTip(self.tr("The recommended method at the model's own layer (Shift+L)"))
        self.button.hide()
        self.button.clicked.connect(self.recommended_asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 4, 14, 0)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)

    @property
    def text(self) -> str:
        """The sentence without markup."""
        return self.words.accessibleName()

    def clear(self) -> None:
        """Say nothing, since no map is on show."""
        self._set("", "")
        self.button.hide()

    def show_answer(
        self, drawing: RenderedMaps, classes: Sequence[str], method: str, *, is_recommended: bool
    ) -> None:
        """Say what a map shows; `method` is its method's label."""
        self.button.setVisible(not is_recommended)
        if drawing.peak <= 0:
            words = self.tr("{method} finds no {evidence} at this layer.")
            words = words.format(method=method, evidence=drawing.question.evidence(classes))
            if is_recommended:
                words += " " + self.tr("That does not prove that there is nothing.")
            self._set("", words)
        elif not drawing.class_specific:
            words = self.tr("{method} shows what the network reacts to, whatever the class: {place}.")
            self._set("", words.format(method=method, place=self._place_words(drawing)))
        else:
            self._set(
                self._answer_words(drawing, classes), self._box_words(drawing) + self._evidence_words(drawing)
            )

    def _set(self, bold: str, plain: str) -> None:
        self.words.setText(f"<b>{html.escape(bold)}</b>{html.escape(plain)}")
        self.words.setAccessibleName(bold + plain)

    def _answer_words(self, drawing: RenderedMaps, classes: Sequence[str]) -> str:
        question, values = drawing.question, drawing.answers
        name = classes[question.class_index]
        said = self._answer(values[0], drawing.shows_numbers)
        if question.kind is Kind.AGAINST:
            return self.tr("Against {name} ({answer})").format(name=name, answer=said)
        if question.kind is Kind.RATHER and question.other is not None:
            words = self.tr("{name} ({answer}) rather than {other} ({other_answer})")
            other = self._answer(values[1], drawing.shows_numbers)
            return words.format(name=name, answer=said, other=classes[question.other], other_answer=other)
        return self.tr("{name}, {answer}").format(name=name, answer=said)

    def _answer(self, value: float, is_number: bool) -> str:
        if is_number:
            return written(f"{value:.4g}")
        if value < 0.001:
            return "< " + number(0.1, 1) + " %"
        return f"{number(100 * value, 0 if value >= 0.1 else 1)} %"

    def _box_words(self, drawing: RenderedMaps) -> str:
        """Say which of a detector's boxes is meant; nothing of a classifier's answer."""
        box = drawing.question.box
        if box is None:
            return ""
        height, width = drawing.image.pixels.shape[:2]
        where = self._where(place_of_box(box.corners, (height, width)))
        if drawing.question.is_found:
            return self.tr(", the box {where}").format(where=where)
        return self.tr(", not enough to be found {where}").format(where=where)

    def _evidence_words(self, drawing: RenderedMaps) -> str:
        """Say where the evidence lies, and if it is weak on the scale on show."""
        strongest, place = float(drawing.evidence.max()), self._place_words(drawing)
        if strongest >= WEAK:
            return self.tr(": the evidence lies {place}.").format(place=place)
        words = self.tr(": weak evidence, at most {share} % of what {colour} stands for, {place}.")
        return words.format(
            share=number(100 * strongest), colour=strongest_colour(drawing.colour_map), place=place
        )

    def _place_words(self, drawing: RenderedMaps) -> str:
        inside = drawing.in_box
        if inside is not None and inside >= MOST:
            return self.tr("mainly inside the box ({share} % of it)").format(share=number(100 * inside))
        if inside is not None and inside < LITTLE:
            words = self.tr("mainly outside the box ({share} % of it)")
            return words.format(share=number(100 * (1 - inside)))
        if inside is not None:
            words = self.tr("in the box and around it ({share} % inside)")
            return words.format(share=number(100 * inside))
        if drawing.place is None:
            return self.tr("in several parts of the image")
        place, share = drawing.place
        words = self.tr("mainly {where} ({share} % of it)")
        return words.format(where=self._where(place), share=number(100 * share))

    def _where(self, place: Place) -> str:
        return {
            Place.UPPER_LEFT: self.tr("in the upper left"),
            Place.UPPER_RIGHT: self.tr("in the upper right"),
            Place.LOWER_LEFT: self.tr("in the lower left"),
            Place.LOWER_RIGHT: self.tr("in the lower right"),
            Place.MIDDLE: self.tr("in the middle"),
            Place.LEFT_THIRD: self.tr("at the left edge"),
            Place.RIGHT_THIRD: self.tr("at the right edge"),
            Place.UPPER_THIRD: self.tr("at the top"),
            Place.LOWER_THIRD: self.tr("at the bottom"),
            Place.LEFT: self.tr("in the left half"),
            Place.RIGHT: self.tr("in the right half"),
            Place.UPPER: self.tr("in the upper half"),
            Place.LOWER: self.tr("in the lower half"),
        }[place]
