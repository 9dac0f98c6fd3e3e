"""Classes of an explained image: probabilities and questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from whylight.class_names import FolderLabels

from ..common.error_text import translate_error
from ..common.feature import Feature
from ..session.question import Kind, Question
from ..session.rendering import LoadedImage, RenderedMaps, has_places
from ..session.session import Session
from ..widgets.actions import Actions
from ..widgets.status_bar import StatusBar
from .class_panel import ClassPanel

if TYPE_CHECKING:
    from whylight.explanation import Explanation

    from ..session.model_loading import LoadedModel


class ClassController(Feature):
    """Shows probabilities and questions of an explanation, and asks new questions."""

    def __init__(
        self,
        session: Session,
        panel: ClassPanel,
        commands: Actions,
        status: StatusBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._panel = panel
        self._status = status
        self._drawn: RenderedMaps | None = None
        """The drawing on show, with the answers at the box or region in question."""
        self._labels = FolderLabels(())
        """Made once for a model: normalising 1,000 names and their synonyms takes 7 ms."""
        session.model_opened.connect(self._take_model)
        session.image_read.connect(self._show_read)
        session.image_failed.connect(lambda *_: self.clear())
        # Not `explained`, after which the panels still show the previous image or map.
        session.drawn.connect(self._show_drawing)
        session.explanation_failed.connect(self._report_explanation)
        panel.question_asked.connect(session.ask)
        for kind, action in (
            (Kind.WHY, commands.why),
            (Kind.AGAINST, commands.against),
            (Kind.RATHER, commands.rather),
        ):
            action.triggered.connect(lambda _, kind=kind: panel.question_bar.ask(kind))

    def _show_drawing(self, drawing: RenderedMaps) -> None:
        self._drawn = drawing
        self._show_explanation(drawing.image)

    def clear(self) -> None:
        """Show classes without probabilities, and no durations of another image."""
        self._drawn = None
        self._panel.clear_probabilities()
        opened = self._session.opened_model
        if opened is not None:
            explainer = opened.explainer
            self._status.show_device(explainer.provider, translate_error(explainer.provider_reason))

    def _take_model(self, opened: LoadedModel) -> None:
        self._drawn = None
        card = opened.explainer.card
        self._labels = FolderLabels(self._session.classes, card.all_names)
        self._panel.set_classes(self._session.classes, card.all_names, card.answers)

    def _show_read(self, image: LoadedImage) -> None:
        """Show what is known of an image without a map: its drawing is late, or failed."""
        if self._session.explanation is None:
            self.clear()
        else:
            self._show_explanation(image)

    def _show_explanation(self, image: LoadedImage) -> None:
        explanation = self._session.explanation
        question, classes = self._session.question, self._session.classes
        if question is None or explanation is None:
            return
        self._show_answers(explanation, question)
        notes = [translate_error(note) for note in (*image.notes, *explanation.all_notes)]
        self._status.show_size(*explanation.image_size, notes)
        # Does the folder's class, if it is named after one, agree with the prediction?
        label = self._label()
        predicted = int(explanation.probabilities.argmax())
        self._status.show_folder_class(None if label is None else classes[label], label == predicted)
        self._status.show_device(
            explanation.provider,
            translate_error(explanation.provider_reason),
            self._session.forward_ms,
            explanation.timings_ms["gradient"],
        )

    def _report_explanation(self, reason: str) -> None:
        """Report a failed question and restore the previous one."""
        self.failed.emit(reason)
        explanation, question = self._session.explanation, self._session.question
        if explanation is not None and question is not None:
            self._show_answers(explanation, question)

    def _show_answers(self, explanation: Explanation, question: Question) -> None:
        from whylight.methods import METHODS

        class_specific = METHODS[explanation.method].class_specific
        drawn = self._drawn
        is_drawn = drawn is not None and drawn.question == question and drawn.image is self._session.image
        self._panel.show_explanation(
            explanation,
            question,
            class_specific=class_specific,
            label=self._label(),
            asked_answers=drawn.all_answers if drawn is not None and is_drawn else None,
        )

    def _label(self) -> int | None:
        """Return the class of the image's folder, if it is named after one."""
        session = self._session
        opened = session.opened_model
        if session.image is None or opened is None or has_places(opened.explainer):
            return None  # what is found in a folder's images is not named by the folder
        return self._labels.label_of(session.image.path)
