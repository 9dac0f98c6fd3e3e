"""Another layer of the open model: which there are, and the way to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ..common.error_text import error_text
from ..common.task_queue import TaskQueue
from ..session.session import Session

if TYPE_CHECKING:
    from whylight.explainer import Explainer


class LayerController(QObject):
    """Lists the layers of a session's model and lets it explain another: some tenths of a second each."""

    listed = Signal(list)
    """`LayerChoice`s of the open model, in the order in which they are computed."""
    changed = Signal(str)
    """The layer that is explained from now on."""
    failed = Signal(str)
    """Why not; the layer before still is."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._lane = TaskQueue("layers", newest_wins=True, parent=self)
        session.model_opened.connect(lambda _: self._lane.cancel_all())

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return not self._lane.idle

    def ask(self) -> None:
        """Have `listed` emitted, or `failed`."""
        model = self._session.opened_model
        if model is not None:
            self._lane.run_task(model.explainer.layers, self.listed.emit, self._report)

    def choose(self, layer: str) -> None:
        """Have the model explain a layer, the image on show first, and `changed` or `failed` emitted."""
        model = self._session.opened_model
        if model is not None:
            explainer = model.explainer
            self._lane.run_task(lambda: explainer.with_layer(layer), self._take, self._report)

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._lane.close()

    def _take(self, explainer: Explainer) -> None:
        self._session.use_explainer(explainer)
        self.changed.emit(explainer.layer)

    def _report(self, error: Exception) -> None:
        self.failed.emit(error_text(error))
