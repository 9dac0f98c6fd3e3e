"""Comparison with a second model: same image and question, both explanations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from whylight.answers import NO_SHARES
from whylight.class_names import plain_name

from ..common.feature import Feature
from ..common.number_format import percent, written
from ..session.question import Question
from ..session.session import Session
from ..widgets import file_dialogs

if TYPE_CHECKING:
    from ..session.model_loading import LoadedModel


class SecondModel(Feature):
    """Second session that follows the first one's image, question, method and look."""

    opened = Signal()
    closed = Signal()
    first_titled = Signal(str)
    """Title of the first model's panels (name and prediction); empty without a second model."""
    second_titled = Signal(str)

    def __init__(
        self,
        first: Session,
        command: QAction,
        start_folder: Callable[[], Path | None],
        parent: QWidget,
    ) -> None:
        """`start_folder` returns the start folder of the dialog."""
        super().__init__(parent)
        self._first = first
        self._start_folder = start_folder
        self._dialog_parent = parent
        self.session = session = Session(self)
        self._is_new_image = False
        """Whether the first explanation of an image is pending, after which the question is followed."""
        command.triggered.connect(self.toggle)
        session.model_opened.connect(self._begin)
        session.model_failed.connect(self.failed)
        session.explained.connect(lambda *_: self._take_explanation())
        session.drawn.connect(lambda _: self.second_titled.emit(self._title(session)))
        session.explanation_failed.connect(self.failed)
        first.image_requested.connect(self._follow_image)
        first.image_forgotten.connect(session.forget_image)
        first.explained.connect(lambda *_: self._follow_question())
        first.explained.connect(lambda *_: self._name_first())
        first.look_changed.connect(session.set_look)
        first.method_changed.connect(lambda _: self._follow_method())
        first.model_opened.connect(lambda _: self._follow_method())

    @property
    def is_open(self) -> bool:
        """Whether a second model is open."""
        return self.session.opened_model is not None

    @property
    def busy(self) -> bool:
        """Whether a model, image or explanation is pending."""
        return self.session.busy

    def toggle(self) -> None:
        """Close the second model, or let the user choose one."""
        if self.is_open:
            self.session.close_model()
            self.closed.emit()
            self.first_titled.emit("")
        else:
            file_dialogs.choose_model(self._dialog_parent, self._start_folder(), self.open)

    def open(self, path: Path) -> None:
        """Open a second model."""
        self.session.open_model(path)

    def close(self) -> None:
        """Stop all tasks and wait for the threads."""
        self.session.close()
        super().close()

    def _begin(self) -> None:
        first = self._first
        self.session.look = first.look
        self._follow_method()
        self.opened.emit()
        self._name_first()
        if first.image_path is not None:
            self._follow_image(first.image_path)

    def _follow_method(self) -> None:
        """Use the first model's method, or this model's recommended one in its place.

        Grad-CAM, which is recommended for classifiers, does not say where the evidence for a box is.
        """
        first, session = self._first, self.session
        method = session.recommended if first.method == first.recommended else first.method
        if method != session.wanted_method or method != session.method:
            session.set_method(method)

    def _follow_image(self, path: Path) -> None:
        if self.is_open:
            self._is_new_image = True
            self.session.open_image(path)

    def _take_explanation(self) -> None:
        """Ask the first model's question about a new image."""
        if self._is_new_image:
            self._is_new_image = False
            self._follow_question()

    def _follow_question(self) -> None:
        """Ask the second model the same question, if it has these classes."""
        asked = self._first.question
        if asked is None or not self.is_open:
            return
        known = {plain_name(name): index for index, name in reversed(list(enumerate(self.session.classes)))}
        names = self._first.classes
        index = known.get(plain_name(names[asked.class_index]))
        other = None if asked.other is None else known.get(plain_name(names[asked.other]))
        if index is not None and (other is None) == (asked.other is None):
            self.session.ask(Question(index, asked.kind, other))

    def _lacking(self, session: Session) -> str | None:
        """Return the class that the first model is asked about and this one does not have."""
        asked = self._first.question
        if session is self._first or asked is None:
            return None
        name = self._first.classes[asked.class_index]
        known = map(plain_name, session.classes)
        return None if plain_name(name) in known else name

    def _name_first(self) -> None:
        if self.is_open:
            self.first_titled.emit(self._title(self._first))
            if self._lacking(self.session) is not None:  # it will not be drawn anew
                self.second_titled.emit(self._title(self.session))

    def _name(self, model: LoadedModel) -> str:
        """Return a model's name with its file, and with its layer if both are the same."""
        both = (self._first.opened_model, self.session.opened_model)
        titles = [opened.title for opened in both if opened is not None]
        return f"{model.title}, {model.explainer.layer}" if titles.count(model.title) > 1 else model.title

    def _title(self, session: Session) -> str:
        """Return the name of a session's model and its prediction."""
        if session.opened_model is None or session.explanation is None:
            return ""
        predicted = int(session.explanation.probabilities.argmax())
        answer = float(session.explanation.probabilities[predicted])
        is_number = session.explanation.answers in NO_SHARES
        per_cent = written(f"{answer:.4g}") if is_number else percent(answer)
        words = self.tr("{model}: {predicted}, {per_cent}")
        title = words.format(
            model=self._name(session.opened_model),
            predicted=session.classes[predicted],
            per_cent=per_cent,
        )
        if session is not self._first and session.method != self._first.method:
            from whylight.methods import METHODS

            title = self.tr("{title}; by {method}").format(title=title, method=METHODS[session.method].label)
        lacking = self._lacking(session)
        if lacking is not None:
            return self.tr("{title}; it has no class “{name}”").format(title=title, name=lacking)
        asked = session.question
        if asked is None or asked.class_index == predicted or is_number:
            return title
        share = percent(float(session.explanation.probabilities[asked.class_index]))
        further = self.tr("{title}; {name}, {share}")
        return further.format(title=title, name=session.classes[asked.class_index], share=share)
