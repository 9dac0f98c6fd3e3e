"""The open model: card, device, and errors of opening."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject

from ..common.error_text import translate_error
from ..common.feature import Feature
from ..session.model_loading import LoadedModel
from ..session.session import Session
from ..settings import Settings
from ..widgets.message_bar import MessageBar
from ..widgets.status_bar import StatusBar
from .card_view import CardView


def with_open_model(reason: str, opened: LoadedModel | None) -> str:
    """Return the reason of a failure, followed by the model that is open instead."""
    if opened is None:
        hint = QCoreApplication.translate(
            "ModelController",
            "No model is open: images are shown without explanation. Open a model (Ctrl+M).",
        )
    else:
        words = QCoreApplication.translate("ModelController", "Still using {name}.")
        hint = words.format(name=opened.explainer.card.name)
    return f"{reason}\n{hint}"


class ModelController(Feature):
    """Shows and remembers the open model, and reports those that cannot be opened."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        card_view: CardView,
        status: StatusBar,
        message_bar: MessageBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self._card_view = card_view
        self._status = status
        self._message_bar = message_bar
        session.model_requested.connect(self._show_requested)
        session.foreign_found.connect(lambda _: self._show_card())
        session.model_opened.connect(self._show_model)
        session.model_failed.connect(self._report_model)
        session.layer_changed.connect(lambda _: self._show_card())  # the card names the layer

    def _show_model(self, opened: LoadedModel) -> None:
        explainer = opened.explainer
        self._show_card()
        self._status.show_device(explainer.provider, translate_error(explainer.provider_reason))
        if not opened.is_bundled:
            self._settings.add_model(explainer.model_path)

    def _show_requested(self, path: Path | None) -> None:
        """Say that a model is being opened, which may take seconds."""
        name = path.name if path is not None else "General"
        self._card_view.show_words(self.tr("Opening {name}…").format(name=name))

    def _show_card(self) -> None:
        opened = self._session.opened_model
        self._card_view.show_card(None if opened is None else opened.explainer.card)

    def _report_model(self, reason: str) -> None:
        self._show_card()
        words = with_open_model(reason, self._session.opened_model)
        self._message_bar.show_message(words, topic=MessageBar.MODEL)
