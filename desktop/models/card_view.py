"""View of the model card."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTextBrowser, QWidget

from whylight.answers import NO_SHARES

from ..common.error_text import translate_error
from ..common.number_format import number

if TYPE_CHECKING:
    from whylight.pair.card import Card


class CardView(QTextBrowser):
    """Shows a card as a table whose text can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Model card"))
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenLinks(False)  # no network access
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(10)
        self.show_words(self.tr("Opening the model…"))

    def show_card(self, card: Card | None) -> None:
        """Show a card, or a text if no model is open."""
        if card is None:
            self.show_words(self.tr("No model is open."))
            return
        rows = "".join(
            f"<tr><td style='padding: 1px 10px 1px 0'>{html.escape(label)}</td>"
            f"<td style='padding: 1px 0'>{html.escape(value)}</td></tr>"
            for label, value in self._rows(card)
            if value
        )
        notes = f"<p>{html.escape(card.notes)}</p>" if card.notes else ""
        self.setHtml(f"<p><b>{html.escape(card.name)}</b></p><table>{rows}</table>{notes}")

    def show_words(self, words: str) -> None:
        """Show a text in place of a card."""
        self.setHtml(f"<p>{html.escape(words)}</p>")

    def _agreement(self, card: Card) -> str:
        found = card.map_agreement
        if found is None:
            return ""
        words = self.tr("rank correlation with exact ones {mean} on average, {lowest} at the lowest")
        return words.format(mean=number(found[0], 3), lowest=number(found[1], 2))

    def _kind(self, card: Card) -> str:
        """Return what a model is that is no classifier; empty for a classifier."""
        from whylight.box_questions import describe_detector
        from whylight.region_questions import describe_segmenter
        from whylight.similarity.description import describe_embedder

        if card.detector is not None:
            return translate_error(describe_detector(card))
        if card.segmenter is not None:
            return translate_error(describe_segmenter(card))
        embedder = describe_embedder(card)
        return "" if embedder is None else translate_error(embedder)

    def _known(self, value: str) -> str:
        """Return a value of a card, "unknown" in the window's language."""
        return self.tr("unknown") if value == "unknown" else value

    def _rows(self, card: Card) -> list[tuple[str, str]]:
        height, width = card.input_size
        accuracy = [
            f"{name.replace('_', ' ')} {number(100 * share, 1)} %" for name, share in card.accuracy.items()
        ]
        return [
            (self.tr("Trained on"), self._known(card.data_set)),
            (self.tr("Accuracy"), ", ".join(accuracy)),
            (self.tr("Kind"), self._kind(card)),
            (self.tr("Classes"), "" if card.answers in NO_SHARES else number(len(card.classes))),
            (self.tr("Input"), f"{width} × {height}"),
            (self.tr("Layer"), card.target_layer),
            (self.tr("Maps"), self._agreement(card)),
            (self.tr("Licence"), self._known(card.licence)),
            (self.tr("Source"), card.attribution),
        ]
