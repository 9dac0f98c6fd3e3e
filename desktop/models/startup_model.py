"""Model that is opened at every start, until another is chosen.

It is remembered by its path, so that a model exported again to the same place is used. Where it cannot be
used any more, the start goes on with the next best, down to the bundled one, and says why. That stays said
until the user closes the message or opens another model.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt

from whylight.bundled import CALTECH, bundled_model
from whylight.errors import WhylightError

from ..common.error_text import translate_error
from ..common.feature import Feature
from ..session.model_loading import LoadedModel
from ..session.session import Session
from ..settings import SavedSession, Settings
from ..widgets.actions import Actions
from ..widgets.message_bar import MessageBar
from .model_controller import with_open_model
from .second_model import SecondModel


class StartupModel(Feature):
    """Opens the first model, and lets the user choose it for every start."""

    def __init__(
        self,
        session: Session,
        second_model: SecondModel,
        settings: Settings,
        commands: Actions,
        message_bar: MessageBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._second_model = second_model
        self._settings = settings
        self._message_bar = message_bar
        self._foreign: Path | None = None
        """The first model, while it is not adopted and the bundled one is open instead."""
        self._refusal = ""
        """Why that cannot be."""
        commands.choose_model.triggered.connect(self._choose)
        commands.general_model.triggered.connect(lambda: session.open_model(None))
        commands.caltech_model.triggered.connect(lambda: self._open_bundled(CALTECH))
        session.model_opened.connect(self._report_skipped)
        session.foreign_found.connect(self._open_fallback)

    def open_first(self, named: Path | None, last: SavedSession) -> None:
        """Open the named model, else the chosen one, that of the last session or bundled.

        The layer and second model of the last session are restored with its model.
        """
        session, second = self._session, last.second_model
        if second is not None and named is None:
            opened = Qt.ConnectionType.SingleShotConnection
            session.model_opened.connect(lambda _: self._second_model.open(second), opened)
        session.open_first_model([named, self._settings.chosen_model], last.model, last.layer)

    def _open_bundled(self, name: str) -> None:
        try:
            path = bundled_model(name)
        except WhylightError as error:
            self._keep(with_open_model(translate_error(error), self._session.opened_model))
        else:
            self._session.open_model(path)

    def report_refused(self, path: Path, reason: str) -> None:
        """Say that a model cannot be adopted, and what is open instead."""
        opened = self._session.opened_model
        if path == self._foreign:
            self._refusal = reason
            if opened is not None:  # the bundled one was quicker
                self._keep(f"{reason}\n{self._instead(opened)}")
                return
        self._keep(with_open_model(reason, opened))

    def _instead(self, opened: LoadedModel) -> str:
        return self.tr("{name} is open instead.").format(name=opened.explainer.card.name)

    def _open_fallback(self, foreign: Path) -> None:
        """Open the bundled model where the first one has yet to be adopted."""
        if self._session.opened_model is None:
            self._foreign, self._refusal = foreign, ""
            self._session.open_model(None)

    def _choose(self) -> None:
        """Open the current model at every start; the bundled one undoes the choice."""
        opened, settings = self._session.opened_model, self._settings
        if opened is None:
            return
        if settings.choose_model(None if opened.is_default else opened.explainer.model_path):
            words = self.tr("Whylight opens {name} at start.")
        else:
            words = self.tr("The choice of {name} cannot be saved: {file} cannot be written.")
        name = opened.explainer.card.name
        self._message_bar.show_message(words.format(name=name, file=settings.file))

    def _report_skipped(self, opened: LoadedModel) -> None:
        """Report the models that could not be opened before this one."""
        name = opened.explainer.card.name
        instead = self._instead(opened)
        foreign, self._foreign = self._foreign, None
        if opened.skipped:
            self._keep("\n".join([*map(translate_error, opened.skipped), instead]))
        elif foreign is None or not opened.is_bundled:
            self._message_bar.drop_topic(MessageBar.MODEL)  # the user opened another
        elif self._refusal:
            self._keep(f"{self._refusal}\n{instead}")
        else:
            self._foreign = foreign
            words = self.tr("{file} must be set up first. Until then, {name} is used.")
            self._keep(words.format(file=foreign.name, name=name))

    def _keep(self, words: str) -> None:
        self._message_bar.show_message(words, topic=MessageBar.MODEL)
