"""Answer in one sentence above the panels, and the way to the recommended map."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from whylight.answers import NO_SHARES, SIMILARITY

from ..common.number_format import number, percent, percent_number, written
from ..session.color_scale import strongest_colour
from ..session.place import place_of_box, place_words, where_words
from ..session.question import Kind, RegionKind
from ..session.rendering import RenderedMaps
from ..widgets.progress_row import ProgressRow

WEAK = 0.3
"""Evidence below this part of what red stands for looks blue all over."""


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
        self.compare = QToolButton(self)
        self.compare.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.compare.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.progress = ProgressRow(self.tr("Map"), self)
        """How far a slow method is."""
        row = QHBoxLayout()
        row.setContentsMargins(14, 4, 14, 0)
        row.addWidget(self.words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.compare, 0, Qt.AlignmentFlag.AlignVCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.progress)

    @property
    def text(self) -> str:
        """The sentence without markup."""
        return self.words.accessibleName()

    def clear(self) -> None:
        """Say nothing, since no map is on show."""
        self._set("", "")
        self.button.hide()

    def show_answer(
        self,
        drawing: RenderedMaps,
        classes: Sequence[str],
        method: str,
        *,
        is_recommended: bool,
        unfinished: tuple[int, int] | None = None,
    ) -> None:
        """Say what a map shows.

        Args:
            drawing: the map.
            classes: names of the classes.
            method: label of its method.
            is_recommended: whether method and layer are the recommended ones.
            unfinished: forward passes behind a map that is not complete, and their total.
        """
        self.button.setVisible(not is_recommended)
        if unfinished is not None:
            words = self.tr("{method}: {done} of {total} passes, the map is not complete.")
            done, total = map(number, unfinished)
            self._set("", words.format(method=method, done=done, total=total))
        elif drawing.is_equal:
            bold = self._answer_words(drawing, classes)
            self._set(bold, self.tr(": the model cannot tell the two apart. Nothing makes them more alike."))
        elif drawing.peak <= 0:
            words = self.tr("{method} finds no {evidence} at this layer.")
            words = words.format(method=method, evidence=drawing.question.evidence(classes))
            if is_recommended:
                words += " " + self.tr("That does not prove that there is nothing.")
            self._set("", words)
        elif not drawing.class_specific:
            words = self.tr("{method} shows what the network reacts to, whatever the class: {place}.")
            self._set(
                "",
                words.format(
                    method=method, place=place_words(drawing.place, drawing.in_box, drawing.in_region)
                ),
            )
        else:
            self._set(
                self._answer_words(drawing, classes), self._box_words(drawing) + self._evidence_words(drawing)
            )

    def _set(self, bold: str, plain: str) -> None:
        marked_up = f"<b>{html.escape(bold)}</b>{html.escape(plain)}"
        self.words.setText(marked_up.replace(" %", "&nbsp;%"))  # no line ends between a number and its unit
        self.words.setAccessibleName(bold + plain)

    def _answer_words(self, drawing: RenderedMaps, classes: Sequence[str]) -> str:
        question, values = drawing.question, drawing.answers
        name = classes[question.class_index]
        said = self._answer(values[0], drawing.answers_kind)
        if question.is_likeness:
            said = self.tr("cosine {value}").format(value=number(values[0], 2))
            if question.kind is Kind.WHY:
                return self.tr("Alike {name}, {answer}").format(name=name, answer=said)
            if question.kind is Kind.AGAINST:
                return self.tr("Unlike {name}, {answer}").format(name=name, answer=said)
            other = self.tr("cosine {value}").format(value=number(values[1], 2))
            words = self.tr("Alike {name} ({answer}) rather than {other} ({other_answer})")
            return words.format(
                name=name, answer=said, other=classes[question.classes[1]], other_answer=other
            )
        if question.kind is Kind.AGAINST and question.is_number:
            return self.tr("What lowers {name} ({answer})").format(name=name, answer=said)
        if question.kind is Kind.AGAINST:
            return self.tr("Against {name} ({answer})").format(name=name, answer=said)
        if question.kind is Kind.RATHER and question.other is not None:
            words = self.tr("{name} ({answer}) rather than {other} ({other_answer})")
            other = self._answer(values[1], drawing.answers_kind)
            return words.format(name=name, answer=said, other=classes[question.other], other_answer=other)
        return self.tr("{name}, {answer}").format(name=name, answer=said)

    def _answer(self, value: float, kind: str) -> str:
        if kind == SIMILARITY:
            return number(value, 2)
        if kind in NO_SHARES:
            return written(f"{value:.4g}")
        return percent(value)

    def _box_words(self, drawing: RenderedMaps) -> str:
        """Say which of a detector's boxes is meant; nothing of a classifier's answer."""
        box = drawing.question.box
        if box is None:
            return self._region_words(drawing)
        height, width = drawing.image.pixels.shape[:2]
        where = where_words(place_of_box(box.corners, (height, width)))
        if drawing.question.is_found:
            return self.tr(", the box {where}").format(where=where)
        return self.tr(", too little for a box to be found {where}").format(where=where)

    def _region_words(self, drawing: RenderedMaps) -> str:
        """Say which of a segmenter's regions is meant; nothing of a classifier's answer."""
        question = drawing.question
        region = question.region
        if region is None:
            return ""
        share = percent_number(region.share)
        if region.kind is RegionKind.LETTER:
            if region.letter is None or not question.is_found:
                return self.tr(", not read at the marked place")
            return self.tr(", sign {number} of the line").format(number=region.letter + 1)
        if region.kind is RegionKind.BEST:
            return self.tr(", found nowhere: at the place where it scores highest")
        if not question.is_found:
            return self.tr(", not found in the marked region")
        if region.kind is RegionKind.PATCH:
            return self.tr(", the marked region ({share} % of the image)").format(share=share)
        return self.tr(", all that was found of it ({share} % of the image)").format(share=share)

    def _evidence_words(self, drawing: RenderedMaps) -> str:
        """Say where the evidence lies, and if it is weak on the scale on show."""
        strongest = float(drawing.evidence.max())
        place = place_words(drawing.place, drawing.in_box, drawing.in_region)
        if strongest >= WEAK:
            return self.tr(": the evidence lies {place}.").format(place=place)
        colour = strongest_colour(drawing.colour_map)
        if strongest < 0.01:  # there is some evidence: "at most 0 %" would deny it
            words = self.tr(": hardly any evidence, less than 1 % of what {colour} stands for, {place}.")
            return words.format(colour=colour, place=place)
        words = self.tr(": weak evidence, at most {share} % of what {colour} stands for, {place}.")
        return words.format(share=number(math.ceil(round(100 * strongest, 6))), colour=colour, place=place)
