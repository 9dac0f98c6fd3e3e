"""Adoption of foreign ONNX models in the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from whylight.errors import WhylightError, about_file

from ..common.error_text import error_text
from ..common.feature import Feature
from ..session.session import Session
from . import adoption
from .adopt_form import AdoptForm
from .adoption import Asked, Foreign
from .model_controller import with_open_model


def named(path: Path, error: Exception) -> Exception:
    """Return an error of the engine with the model's name before what it says."""
    if isinstance(error, WhylightError):
        error.message = about_file(path.name, error.message)
    return error


class AdoptController(Feature):
    """Examines a foreign model, previews choices, adopts it and opens the pair.

    Each step cancels pending earlier ones.
    """

    examined = Signal(Foreign)
    previewed = Signal(str)
    presets_previewed = Signal(dict)
    """What the model takes the image for with each preset, by name."""
    adopted = Signal(Path)
    refused = Signal(Path, str)
    """A model that cannot be adopted, and why."""

    def __init__(
        self, session: Session, form: AdoptForm, folder: Path, parent: QObject | None = None
    ) -> None:
        """`folder` is the folder for adopted pairs."""
        super().__init__(parent)
        self.folder = folder
        self._session = session
        self._form = form
        self._queue = self._add_queue("adopt", newest_wins=True)
        session.foreign_found.connect(self._examine)
        # Another image: preview the foreign model's prediction.
        session.image_read.connect(lambda _: self._preview())
        session.explained.connect(lambda *_: self._preview())
        form.choices_changed.connect(self._preview)
        form.adoption_asked.connect(self._adopt)
        form.examination_asked.connect(self._examine)
        form.dismissed.connect(self._queue.cancel_all)
        self.examined.connect(form.show_foreign)
        self.previewed.connect(form.show_preview)
        self.presets_previewed.connect(form.show_previews)
        self.adopted.connect(self._finish)
        self.failed.connect(lambda _: form.show_trouble())

    def _examine(self, path: Path, asked: Asked = Asked()) -> None:  # noqa: B008 (frozen)
        self._queue.run_task(
            lambda: adoption.examine(path, asked), self.examined.emit, lambda error: self._refuse(path, error)
        )

    def _preview(self) -> None:
        form, image = self._form, self._session.image
        # A preview would cancel the preparation of the model.
        if form.is_choosing and form.foreign is not None and image is not None:
            foreign, choices = form.foreign, form.choices
            self._queue.run_task(
                lambda: adoption.preview(foreign, image.pixels, choices), self._take_preview, self._report
            )

    def _take_preview(self, words: str) -> None:
        self.previewed.emit(words)
        # All presets side by side, for this image and these choices.
        form, image = self._form, self._session.image
        if form.is_choosing and form.foreign is not None and image is not None:
            foreign, choices = form.foreign, form.choices
            self._queue.run_steps(
                lambda: adoption.preview_presets(foreign, image.pixels, choices),
                self.presets_previewed.emit,
                self._report,
            )

    def _adopt(self) -> None:
        foreign, choices, folder = self._form.foreign, self._form.choices, self.folder
        if foreign is not None:
            self._queue.run_task(
                lambda: adoption.adopt(foreign, choices, folder), self.adopted.emit, self._report
            )

    def _finish(self, path: Path) -> None:
        self._form.dismiss()
        self._session.open_model(path)

    def _refuse(self, path: Path, error: Exception) -> None:
        self._form.dismiss()  # a message above another model's form would be taken for one about that
        self.refused.emit(path, error_text(named(path, error)))

    def _report(self, error: Exception) -> None:
        if self._form.foreign is not None:
            error = named(self._form.foreign.path, error)
        self.failed.emit(with_open_model(error_text(error), self._session.opened_model))
