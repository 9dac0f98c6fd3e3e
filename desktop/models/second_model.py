"""A second model beside the first: the same image, the same zoom, the same question, both explanations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from whylight.class_names import plain_name

from ..common.number_format import number
from ..files import dialogs
from ..session.question import Question
from ..session.rendering import RenderedMaps
from ..session.session import Session

if TYPE_CHECKING:
    from whylight.explainer import Explainer

    from ..files.start_folders import StartFolders
    from ..main_window.parts import WindowParts


class SecondModel(QObject):
    """A second session that follows the first, in panels under the first's."""

    def __init__(self, window: WindowParts, beginnings: StartFolders) -> None:
        super().__init__(window)
        self._window = window
        self._beginnings = beginnings
        self.session = Session(self)
        first, session = window.session, self.session
        session.model_opened.connect(self._begin)
        session.model_failed.connect(window.message_bar.show_message)
        session.foreign_found.connect(self._refuse)
        session.image_read.connect(window.second_panels.show_image)
        session.image_failed.connect(lambda _path, why: window.second_panels.show_notice("", why))
        session.explained.connect(lambda *_: self._follow_question())
        session.drawn.connect(self._show)
        session.explanation_failed.connect(window.message_bar.show_message)
        first.image_requested.connect(self._follow_image)
        first.image_forgotten.connect(session.forget_image)
        first.explained.connect(lambda *_: self._follow_question())
        first.explained.connect(lambda *_: self._name_first())
        window.tool_bar.look_changed.connect(session.set_look)
        window.tool_bar.method_chosen.connect(session.set_method)
        for one, other in (
            (window.panels, window.second_panels),
            (window.second_panels, window.panels),
        ):
            one.zoom_changed.connect(other.follow_zoom)
            one.spot_marked.connect(other.mark_spot)
        window.panels.alone_changed.connect(self._follow_alone)

    @property
    def is_open(self) -> bool:
        """Whether there is a second model."""
        return self.session.opened_model is not None

    @property
    def busy(self) -> bool:
        """Whether something of the second model has not arrived yet."""
        return self.session.busy

    def toggle(self) -> None:
        """Let the user choose a second model; where there is one, close it."""
        if self.is_open:
            self.session.close_model()
            self._window.second_panels.hide()
            self._window.second_panels.clear()
            self._window.panels.set_title("")
        else:
            dialogs.choose_model(self._window, self._beginnings.of_models(), self.open)

    def open(self, path: Path) -> None:
        """Open a second model."""
        self.session.open_model(path)

    def close(self) -> None:
        """Stop, and wait for the threads."""
        self.session.close()

    def _refuse(self, path: Path) -> None:
        words = self.tr(
            "{name} is somebody else's model: open it as the first model once, which prepares it."
        )
        self._window.message_bar.show_message(words.format(name=path.name))

    def _begin(self) -> None:
        first = self._window.session
        self.session.look, self.session.method = first.look, first.method
        self._window.second_panels.show()
        self._name_first()
        if first.image_path is not None:
            self._follow_image(first.image_path)

    def _follow_image(self, path: Path) -> None:
        if self.is_open:
            self.session.open_image(path)

    def _follow_question(self) -> None:
        """Ask the second model the first one's question, where it knows the classes by name."""
        asked = self._window.session.question
        if asked is None or not self.is_open:
            return
        known = {plain_name(name): index for index, name in reversed(list(enumerate(self.session.classes)))}
        names = self._window.session.classes
        index = known.get(plain_name(names[asked.class_index]))
        other = None if asked.other is None else known.get(plain_name(names[asked.other]))
        if index is not None and (other is None) == (asked.other is None):
            self.session.ask(Question(index, asked.kind, other))

    def _follow_alone(self, alone: object) -> None:
        if self._window.second_panels.alone != alone:
            self._window.second_panels.show_alone(self._window.panels.alone)

    def _name_first(self) -> None:
        if self.is_open:
            self._window.panels.set_title(self._title(self._window.session))

    def _show(self, drawing: RenderedMaps) -> None:
        panels = self._window.second_panels
        panels.show_drawing(drawing, drawing.question.subject(self.session.classes))
        panels.set_title(self._title(self.session))
        panels.follow_zoom(self._window.panels.zoom)  # the first's may have been zoomed before

    def _name(self, explainer: Explainer) -> str:
        """A model's name; where both have the same, with the layer that is explained."""
        first, second = self._window.session.opened_model, self.session.opened_model
        names = [opened.explainer.card.name for opened in (first, second) if opened is not None]
        name = explainer.card.name
        return f"{name} ({explainer.layer})" if names.count(name) > 1 else name

    def _title(self, session: Session) -> str:
        """The model and what it takes the image for."""
        if session.opened_model is None or session.explanation is None:
            return ""
        predicted = int(session.explanation.probabilities.argmax())
        per_cent = f"{number(100 * float(session.explanation.probabilities[predicted]), 1)} %"
        words = self.tr("{model}: {predicted}, {per_cent}")
        return words.format(
            model=self._name(session.opened_model.explainer),
            predicted=session.classes[predicted],
            per_cent=per_cent,
        )
