"""Model that is opened at every start, until another is chosen.

It is stored as a path, so a model exported again to the same place is used. If it cannot be used, the next
candidate is opened, finally the bundled model, and the reason is shown.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt

from ..common.feature import Feature
from ..session.model_loading import LoadedModel
from ..session.session import Session
from ..settings import SavedSession, Settings
from ..widgets.actions import Actions
from ..widgets.message_bar import MessageBar
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
        commands.choose_model.triggered.connect(self._choose)
        commands.bundled_model.triggered.connect(lambda: session.open_model(None))
        session.model_opened.connect(self._report_skipped)
        session.foreign_found.connect(lambda _: self._open_fallback())

    def open_first(self, named: Path | None, last: SavedSession) -> None:
        """Open the named model, else the chosen one, that of the last session or bundled.

        The layer and second model of the last session are restored with its model.
        """
        session, second = self._session, last.second_model
        if second is not None and named is None:
            opened = Qt.ConnectionType.SingleShotConnection
            session.model_opened.connect(lambda _: self._second_model.open(second), opened)
        session.open_first_model([named, self._settings.chosen_model], last.model, last.layer)

    def _open_fallback(self) -> None:
        """Open the bundled model if the first one must be adopted."""
        if self._session.opened_model is None:
            self._session.open_model(None)

    def _choose(self) -> None:
        """Open the current model at every start; the bundled one undoes the choice."""
        opened, settings = self._session.opened_model, self._settings
        if opened is None:
            return
        if settings.choose_model(None if opened.is_bundled else opened.explainer.model_path):
            words = self.tr("Whylight starts with {name} from now on.")
        else:
            words = self.tr("The choice of {name} cannot be remembered: {file} cannot be written.")
        name = opened.explainer.card.name
        self._message_bar.show_message(words.format(name=name, file=settings.file))

    def _report_skipped(self, opened: LoadedModel) -> None:
        """Report models that could not be opened before this one."""
        if opened.passed_over:
            words = self.tr("{name} is open instead.").format(name=opened.explainer.card.name)
            self._message_bar.show_message("\n".join([*opened.passed_over, words]), stays=True)
