"""Connects references of a model of embeddings with the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ..common.feature import Feature
from ..session.question import Kind, Question
from ..session.rendering import RenderedMaps, RenderRequest
from ..session.session import Session
from ..widgets import file_dialogs
from .comparing import (
    Compared,
    Reference,
    compare,
    draw_reverse,
    has_reverse,
    reverse_map,
    with_images,
    with_texts,
)
from .reference_panel import ReferencePanel
from .text_dialog import TextDialog, text_model_beside

if TYPE_CHECKING:
    from whylight.explainer import Explainer

    from ..session.model_loading import LoadedModel


class LikenessController(Feature):
    """Compares images with references, which take the place of classes.

    Images and texts are chosen by drop, dialog or command. The map of the image shows where it resembles the
    reference; that of the reference, below, where it resembles the image.
    """

    reversed = Signal(RenderedMaps, str, str)
    """The reference's map, its title, and what it shows."""
    reverse_ended = Signal()
    """No map of a reference is on show any more."""
    compared = Signal()
    """There are references, which there were not before."""

    def __init__(
        self,
        session: Session,
        panel: ReferencePanel,
        command: QAction,
        chosen_paths: Callable[[], Sequence[Path]],
        start_folders: tuple[Callable[[], Path | None], Callable[[], Path | None]],
        parent: QWidget,
    ) -> None:
        """Create the feature.

        Args:
            session: the open model and image.
            panel: lists the references.
            command: compares with the images of `chosen_paths`.
            chosen_paths: returns the selected images.
            start_folders: return the start folders of dialogs for images and models.
            parent: of dialogs.
        """
        super().__init__(parent)
        self._session = session
        self._panel = panel
        self._command = command
        self._dialog_parent = parent
        self._start_of_images, self._start_of_models = start_folders
        self._base: Explainer | None = None
        """The model of embeddings, without references."""
        self._reversing: Explainer | None = None
        """The same at the layer of the last map of a reference."""
        self._references: tuple[Reference, ...] = ()
        self._own: Explainer | None = None
        """The model with references, as this feature has opened it."""
        self._text_model: Path | None = None
        self._sketch: RenderRequest | None = None
        """What the reference's map on show was drawn from."""
        self._names = ("", "")
        """Names of the reference and of the image."""
        self._queue = self._add_queue("references")
        self._reverse_queue = self._add_queue("reverse", newest_wins=True)
        session.model_opened.connect(self._take_model)
        session.drawn.connect(self._follow)
        session.explained.connect(lambda *_: self._explain_reference())
        session.look_changed.connect(lambda _: self._draw())
        session.image_requested.connect(lambda _: self._end_reverse())
        session.image_forgotten.connect(self._end_reverse)
        panel.images_dropped.connect(self.add_images)
        panel.choosing_asked.connect(self._choose)
        panel.texts_asked.connect(self._ask_texts)
        panel.removal_asked.connect(self._remove)
        panel.reference_chosen.connect(lambda row: session.ask(Question(row)))
        command.triggered.connect(lambda: self.add_images(chosen_paths()))
        command.setVisible(False)

    @property
    def references(self) -> tuple[Reference, ...]:
        """The images and texts that images are compared with."""
        return self._references

    def add_images(self, paths: Sequence[Path]) -> None:
        """Compare with further images."""
        base, references = self._base, self._references
        if base is not None and paths:
            self._queue.run_task(lambda: with_images(base, references, paths), self._take, self._report)

    def set_texts(self, texts: Sequence[str], text_model: Path) -> None:
        """Compare with these texts in place of those before."""
        base, references = self._base, self._references
        self._text_model = text_model
        if base is not None:
            self._queue.run_task(
                lambda: with_texts(base, references, texts, text_model), self._take, self._report
            )

    def _choose(self) -> None:
        file_dialogs.choose_images(self._dialog_parent, self._start_of_images(), self.add_images)

    def _ask_texts(self) -> None:
        base = self._base
        if base is None:
            return
        known = [each.name for each in self._references if each.image is None]
        model = self._text_model or text_model_beside(base.model_path)
        dialog = TextDialog(self._dialog_parent, known, model, self._start_of_models())
        dialog.chosen.connect(self.set_texts)
        dialog.open()

    def _remove(self, row: int) -> None:
        base, kept = self._base, [each for n, each in enumerate(self._references) if n != row]
        if base is not None:
            self._queue.run_task(lambda: compare(base, kept), self._take, self._report)

    def _take(self, found: Compared) -> None:
        """Open the model with its references, unless another was opened meanwhile."""
        opened = self._session.opened_model
        if opened is None or self._base is None or opened.explainer.model_path != self._base.model_path:
            return
        are_first = not self._references and bool(found.references)
        self._references = found.references
        self._own = found.explainer
        self._panel.show_references(found.references)
        self._session.show_model(replace(opened, explainer=found.explainer, layer=None))
        if are_first:
            self.compared.emit()

    def _take_model(self, opened: LoadedModel) -> None:
        """Begin without references, if another model was opened."""
        from whylight.answers import SIMILARITY

        card = opened.explainer.card
        if opened.explainer is not self._own:
            makes_embeddings = card.answers == SIMILARITY and not card.references
            self._base = self._own = opened.explainer if makes_embeddings else None
            self._reversing = self._base
            self._references = ()
            self._panel.show_references(())
        self._panel.setVisible(self._base is not None)
        self._command.setVisible(self._base is not None)
        self._end_reverse()

    def _follow(self, drawing: RenderedMaps) -> None:
        if self._references:
            self._panel.mark(drawing.question.class_index)

    def _explain_reference(self) -> None:
        """Explain what of the reference in question resembles the image."""
        session, base = self._session, self._reversing
        opened, image, question = session.opened_model, session.image, session.question
        if base is None or opened is None or image is None or question is None or not self._references:
            return
        if question.class_index >= len(self._references):  # of the model before
            return
        reference, method, layer = (
            self._references[question.class_index],
            session.method,
            opened.explainer.layer,
        )
        shown = reference.image
        if shown is None or not has_reverse(base, method):
            self._end_reverse()
            return
        self._reverse_queue.run_task(
            lambda: reverse_map(base, layer, shown, image, question.kind, method),
            lambda sketch: self._take_reverse(sketch, reference.name, image.path.name),
            self._report,
        )

    def _take_reverse(self, sketch: RenderRequest, name: str, image_name: str) -> None:
        self._sketch = sketch
        self._reversing = sketch.explainer  # opened once for a layer, not for each image
        self._names = (name, image_name)
        self._draw()

    def _draw(self) -> None:
        sketch, look = self._sketch, self._session.look
        if sketch is not None:
            self._reverse_queue.run_task(lambda: draw_reverse(sketch, look), self._show, self._report)

    def _show(self, drawing: RenderedMaps) -> None:
        name, image = self._names
        if drawing.question.kind is Kind.AGAINST:
            title = self.tr("{name}: what is unlike {image}")
            shown = self.tr("evidence against likeness to {image}")
        else:
            title = self.tr("{name}: what is alike {image}")
            shown = self.tr("evidence for likeness to {image}")
        self.reversed.emit(drawing, title.format(name=name, image=image), shown.format(image=image))

    def _end_reverse(self) -> None:
        self._reverse_queue.cancel_all()
        self._sketch = None
        self.reverse_ended.emit()
