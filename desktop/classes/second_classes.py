"""Classes of the second model, in a list of its own."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel

from whylight.class_names import plain_name

from ..common.feature import Feature
from ..session.model_loading import LoadedModel
from ..session.question import Question
from ..session.session import Session
from .class_panel import ClassPanel


class SecondClasses(Feature):
    """Shows the second model's answers; a click asks both models about the class.

    A class that the first model does not have is asked of the second alone.
    """

    def __init__(
        self, session: Session, first: Session, panel: ClassPanel, parent: QObject | None = None
    ) -> None:
        """`first` is the session of the first model."""
        super().__init__(parent)
        self._session = session
        self._first = first
        self._panel = panel
        self.title = QLabel(panel)
        self.title.setWordWrap(True)
        self.title.setContentsMargins(8, 0, 8, 0)
        panel.add_title(self.title)
        panel.question_bar.hide()  # the question is the first model's
        panel.view.setAccessibleName(self.tr("Classes of the second model, the most probable first"))
        panel.search.setAccessibleName(self.tr("Search a class of the second model"))
        panel.question_asked.connect(self._ask)
        session.model_opened.connect(self._take_model)
        session.drawn.connect(lambda _: self._show())
        session.image_forgotten.connect(panel.clear_probabilities)
        panel.hide()

    def hide(self) -> None:
        """Hide the list, since there is no second model any more."""
        self._panel.hide()
        self._panel.set_classes(())

    def _take_model(self, opened: LoadedModel) -> None:
        card = opened.explainer.card
        self._panel.set_classes(self._session.classes, card.all_names, card.answers)
        self.title.setText(self.tr("Second model: {name}").format(name=opened.title))
        self._panel.show()

    def _show(self) -> None:
        explanation, question = self._session.explanation, self._session.question
        if explanation is not None and question is not None:
            self._panel.show_explanation(explanation, question)

    def _ask(self, question: Question) -> None:
        """Ask both models, or the second alone."""
        name = plain_name(self._session.classes[question.class_index])
        known = [plain_name(each) for each in self._first.classes]
        if name in known and self._first.explanation is not None:
            self._first.ask(Question(known.index(name)))
        self._session.ask(question)
