"""The model of choice: what every start opens, until another is chosen.

It is remembered by its path, so that a model exported anew to the same place is used anew. Wherever it cannot
be used any more, the start goes on with the next best, down to the bundled one, and says why.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from ..session.model_loading import LoadedModel
from ..settings import SavedSession

if TYPE_CHECKING:
    from ..main_window.parts import WindowParts
    from .second_model import SecondModel


class ModelChoice(QObject):
    """What the window opens first, and the user's wish that it be the model on show."""

    def __init__(self, window: WindowParts, comparison: SecondModel) -> None:
        super().__init__(window)
        self._window = window
        self._comparison = comparison

    def open_first(self, named: Path | None, last: SavedSession) -> None:
        """Open the model named at the start, else that of choice, else the last session's, ...

        The last session's explains the layer that it did; a second model that there was follows.
        """
        session, second = self._window.session, last.second_model
        if second is not None and named is None:
            opened = Qt.ConnectionType.SingleShotConnection
            session.model_opened.connect(lambda _: self._comparison.open(second), opened)
        session.open_first_model([named, self._window.settings.chosen_model], last.model, last.layer)

    def open_fallback(self) -> None:
        """Open the bundled model where a foreign one came first, which has yet to be adopted."""
        if self._window.session.opened_model is None:
            self._window.session.open_model(None)

    def choose(self) -> None:
        """Have every start open the model on show; the bundled one takes the choice back."""
        opened, settings = self._window.session.opened_model, self._window.settings
        if opened is None:
            return
        if settings.choose_model(None if opened.is_bundled else opened.explainer.model_path):
            words = self.tr("Whylight starts with {name} from now on.")
        else:
            words = self.tr("The choice of {name} cannot be remembered: {file} cannot be written.")
        name = opened.explainer.card.name
        self._window.message_bar.show_message(words.format(name=name, file=settings.file))

    def report_skipped(self, opened: LoadedModel) -> None:
        """Say why a model is open in place of those that should have been."""
        if opened.passed_over:
            words = self.tr("{name} is open instead.").format(name=opened.explainer.card.name)
            self._window.message_bar.show_message("\n".join([*opened.passed_over, words]), stays=True)
