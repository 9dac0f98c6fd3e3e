"""Adoption of foreign ONNX models in the window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QObject, Signal

from whylight.errors import Message, ModelError, WhylightError, about_file

from ..common.error_text import error_text, translate_error
from ..common.feature import Feature
from ..session.session import Session
from . import adoption
from .adopt_form import AdoptForm
from .adoption import Asked, Choices, Foreign, Tried
from .model_controller import with_open_model


def named(path: Path, error: Exception) -> Exception:
    """Return an error of the engine with the model's name before what it says."""
    if isinstance(error, WhylightError):
        error.message = about_file(path.name, error.message)
    return error


class AdoptController(Feature):
    """Examines a foreign model, previews choices, adopts it and opens the pair.

    Each step cancels pending earlier ones, and ends their child processes.
    """

    examined = Signal(Foreign)
    previewed = Signal(str)
    tried = Signal(Tried)
    """What the model answers with a preset."""
    step_begun = Signal(Message)
    """What the adoption is doing; emitted by its thread."""
    begun = Signal()
    """Another file was opened, and messages about the one before no longer hold."""
    adopted = Signal(Path)
    noted = Signal(str)
    """What the user should know of where the prepared model is."""
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
        self._tries = self._add_queue("presets", newest_wins=True)
        self._temporary: TemporaryDirectory[str] | None = None
        """Where models are prepared if `folder` cannot be written."""
        self._stop = threading.Event()
        """Ends the child process of the current step."""
        self._tried_for: tuple[object, ...] | None = None
        """The image and the choices for which the presets were tried."""
        self._target = session
        """The session that the model is for: of the first model, or of the second."""
        self.adopt_for(session)
        # Another image: preview the foreign model's prediction.
        session.image_read.connect(lambda _: self._preview())
        session.explained.connect(lambda *_: self._preview())
        form.choices_changed.connect(self._preview)
        form.adoption_asked.connect(self._adopt)
        form.examination_asked.connect(self.examine)
        form.stop_asked.connect(self._cancel)
        form.dismissed.connect(self._cancel)
        self.examined.connect(form.show_foreign)
        self.previewed.connect(form.show_preview)
        self.tried.connect(form.show_tried)
        self.step_begun.connect(self._show_step)
        self.adopted.connect(self._finish)
        self.failed.connect(lambda _: form.show_trouble())

    def adopt_for(self, session: Session) -> None:
        """Adopt the foreign models of a session, which opens them then."""
        session.foreign_found.connect(lambda path: self._begin(session, path))
        # Its message would be taken for one about the model whose form is below it.
        session.model_failed.connect(lambda _: self._form.dismiss())

    def _begin(self, session: Session, path: Path) -> None:
        self._target = session
        self.begun.emit()
        self.examine(path)

    def close(self) -> None:
        """End child processes, cancel all tasks and wait for the threads."""
        self._stop.set()
        super().close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def examine(self, path: Path, asked: Asked = Asked(), why: ModelError | None = None) -> None:  # noqa: B008
        """Recognise a model and show the form; `why` it is to be without gradients."""
        self._form.show_examining(path)
        stop = self._new_stop()

        def found() -> Foreign:
            foreign = adoption.examine(path, asked, stop.is_set)
            return foreign if why is None else replace(foreign, no_gradients=why)

        self._queue.run_task(found, self.examined.emit, lambda error: self._refuse(path, error))

    def _new_stop(self) -> threading.Event:
        """End the previous step, and return what ends the next."""
        self._cancel()
        self._stop = threading.Event()
        return self._stop

    def _cancel(self) -> None:
        self._stop.set()
        self._queue.cancel_all()
        self._tries.cancel_all()
        self._tried_for = None

    def _preview(self) -> None:
        form, image = self._form, self._session.image
        # A preview would cancel the preparation of the model.
        if not form.is_choosing or form.foreign is None:
            return
        foreign, choices = form.foreign, form.choices
        form.images.table.mark(choices.preprocessing)
        if image is not None:
            self._queue.run_task(
                lambda: adoption.preview(foreign, image.pixels, choices), self.previewed.emit, self._report
            )
        if form.is_comparing:
            self._try_presets(foreign, choices)

    def _try_presets(self, foreign: Foreign, choices: Choices) -> None:
        """Try all presets on the image and on samples, unless that was done."""
        image = self._session.image
        of_presets = replace(choices, preprocessing=None, mean=None, std=None, value_range=None)
        wanted = (foreign, None if image is None else image.path, of_presets)
        if wanted == self._tried_for:
            return
        self._tried_for = wanted
        own = [] if image is None else [(image.path.name, image.pixels)]
        self._form.images.table.set_images([*(name for name, _ in own), *adoption.SAMPLES])

        def steps() -> Iterator[Tried]:
            images = [pixels for _, pixels in [*own, *adoption.sample_images()]]
            yield from adoption.try_presets(foreign, images, choices)

        self._tries.run_steps(steps, self.tried.emit, self._report, self._form.images.table.end)

    def _adopt(self) -> None:
        foreign, choices = self._form.foreign, self._form.choices
        if foreign is not None:
            stop = self._new_stop()
            self._queue.run_task(
                lambda: adoption.adopt(
                    foreign, choices, self._writable_folder(), self.step_begun.emit, stop.is_set
                ),
                self.adopted.emit,
                self._report_adoption,
            )

    def _show_step(self, step: Message) -> None:
        if not self._form.is_choosing and self._form.foreign is not None:
            words = self.tr("Being prepared: {step}…")
            self._form.show_step(words.format(step=translate_error(step)))

    def _writable_folder(self) -> Path:
        """Return the folder for pairs, or a temporary one if it cannot be written."""
        if adoption.is_writable(self.folder):
            return self.folder
        if self._temporary is None:
            self._temporary = TemporaryDirectory(prefix="whylight-models-", ignore_cleanup_errors=True)
        return Path(self._temporary.name)

    def _finish(self, path: Path) -> None:
        self._form.dismiss()
        if self._temporary is not None and path.is_relative_to(self._temporary.name):
            words = self.tr(
                "{name} has to be set up again the next time: the prepared model could not be saved in "
                "{folder}."
            )
            self.noted.emit(words.format(name=path.name, folder=self.folder))
        self._target.open_model(path)

    def _refuse(self, path: Path, error: Exception) -> None:
        self._form.dismiss()  # a message above another model's form would be taken for one about that
        reason = error_text(named(path, error))
        if self._target is self._session:
            self.refused.emit(path, reason)
        else:
            self.failed.emit(reason)

    def _report_adoption(self, error: Exception) -> None:
        from whylight.adoption.requirements import works_without_gradients

        foreign = self._form.foreign
        if isinstance(error, ModelError) and foreign is not None and works_without_gradients(error):
            asked = replace(foreign.asked, without_gradients=True)
            self.examine(foreign.path, asked, error)
            return
        self._report(error)

    def _report(self, error: Exception) -> None:
        if self._form.foreign is not None:
            error = named(self._form.foreign.path, error)
        self.failed.emit(with_open_model(error_text(error), self._session.opened_model))
