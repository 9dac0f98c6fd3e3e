"""Lists layers of the open model and explains the selected one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ..common.feature import Feature
from ..session.session import Session
from ..widgets.actions import Actions
from .layer_box import LayerBox

if TYPE_CHECKING:
    from ..session.model_loading import LoadedModel


class LayerController(Feature):
    """Fills the list of layers on demand and explains the selected layer.

    Both take some tenths of a second. If either fails, the previous layer is kept.
    """

    listed = Signal(list)
    """`LayerChoice`s of the open model, in order of computation."""

    def __init__(
        self, session: Session, box: LayerBox, commands: Actions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._queue = self._add_queue("layers", newest_wins=True)
        session.model_opened.connect(self._forget_list)
        session.model_opened.connect(
            lambda opened: box.set_layer(
                opened.explainer.layer, opened.own_layer, fixed=not opened.explainer.has_gradients
            )
        )
        commands.recommended.triggered.connect(self.use_recommended)
        session.layer_changed.connect(box.mark)
        box.list_asked.connect(self.list_layers)
        box.layer_chosen.connect(self.choose)
        self.listed.connect(box.show_layers)
        self.failed.connect(lambda _: box.listing_failed())

    def list_layers(self) -> None:
        """List the layers; emits `listed` or `failed`."""
        model = self._session.opened_model
        if model is not None:
            self._queue.run_task(model.explainer.layers, self.listed.emit, self._report)

    def choose(self, layer: str) -> None:
        """Explain a layer, starting with the displayed image; may emit `failed`."""
        model = self._session.opened_model
        if model is not None:
            explainer = model.explainer
            self._queue.run_task(
                lambda: explainer.with_layer(layer), self._session.use_explainer, self._report
            )

    def use_recommended(self) -> None:
        """Use the recommended method at the model's own layer."""
        session, model = self._session, self._session.opened_model
        if session.method != session.recommended:
            session.set_method(session.recommended)
        if model is not None and model.explainer.layer != model.own_layer:
            self.choose(model.own_layer)

    def _forget_list(self, _opened: LoadedModel) -> None:
        self._queue.cancel_all()
