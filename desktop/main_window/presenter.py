"""Shows in the window's views what the session has to tell."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from whylight.class_names import FolderLabels

from ..common.error_text import translate_error
from ..gallery.image_list import Prediction
from ..models.card_view import CardView
from ..output.report import ReportOptions
from ..session.model_loading import LoadedModel
from ..session.rendering import LoadedImage, RenderedMaps

if TYPE_CHECKING:
    from whylight.explanation import Explanation

    from .parts import WindowParts


MANY = 10_000
"""From so many images on, looking through their paths for garbage would take more than a frame (50 ms)."""


class Presenter(QObject):
    """Follows the session's signals."""

    def __init__(self, window: WindowParts) -> None:
        super().__init__(window)
        self._window = window
        session = window.session
        session.model_opened.connect(self.show_model)
        session.model_failed.connect(self.report_model)
        session.image_requested.connect(self.show_request)
        session.image_read.connect(self.show_image)
        session.image_failed.connect(self.show_unreadable)
        session.explained.connect(self.show_explanation)
        session.drawn.connect(self.show_drawing)
        session.explanation_failed.connect(self.report_explanation)

    def finish_search(self) -> None:
        """Say so where nothing was found."""
        total = self._window.image_panel.images.total
        if total >= MANY:
            gc.freeze()  # they stay: no need to look through them for garbage again
        if total == 0:
            self._window.status.show_image(None)
            self._window.setWindowTitle("Whylight")
            words = self.tr("Nothing that was opened is an image. Drop images or a folder here, or open one.")
            if not self._window.search.recursive:
                words += " " + self.tr("Sub-folders are left out (S).")
            self._show_nothing(self.tr("No images"), words)
            self._window.second_panels.show_notice(self.tr("No images"), "")

    def _show_nothing(self, title: str, text: str) -> None:
        self._window.class_panel.clear_probabilities()
        self._window.enable_panels(False)
        self._window.panels.show_notice(title, text)

    def show_model(self, opened: LoadedModel) -> None:
        """Show another model's classes, card and possibilities."""
        explainer = opened.explainer
        self._window.message_bar.clear_stale()
        self._window.panels.set_explaining(True)
        self._window.class_panel.set_classes(explainer.card.classes)
        self._window.image_panel.set_classes(explainer.card.classes)
        self.show_card()
        self._window.status.show_device(explainer.provider, translate_error(explainer.provider_reason))
        self._window.tool_bar.set_colour_maps(opened.colour_maps)
        self._window.tool_bar.set_methods(opened.methods, self._window.session.method)
        if not opened.is_bundled:
            self._window.settings.add_model(explainer.model_path)
        self._window.predict_all()

    def show_card(self) -> None:
        """Show the card of the open model wherever it is shown; it names the layer that is explained."""
        opened = self._window.session.opened_model
        for view in self._window.findChildren(CardView):
            view.show_card(None if opened is None else opened.explainer.card)

    def report_model(self, reason: str) -> None:
        """Say why a model could not be opened, and what is open instead."""
        if self._window.session.opened_model is None:
            self._window.panels.set_explaining(False)
            hint = self.tr("No model is open: images are shown without explanation. Open a model (Ctrl+M).")
        else:
            name = self._window.session.opened_model.explainer.card.name
            hint = self.tr("{name} stays open.").format(name=name)
        self._window.message_bar.show_message(f"{reason}\n{hint}")

    def show_request(self, path: Path) -> None:
        """Name the image that was asked for."""
        self._window.status.show_image(path, self._window.search.name_of(path))
        self._window.setWindowTitle(self.tr("{name} – Whylight").format(name=path.name))

    def show_image(self, image: LoadedImage) -> None:
        """Show an image that is not explained (yet), or whose explanation is being drawn."""
        self._window.status.show_size(*image.pixels.shape[:2])
        if self._window.session.explanation is None:
            self._window.class_panel.clear_probabilities()
        self._window.enable_panels(False)
        self._window.panels.show_image(image)

    def show_unreadable(self, path: Path, reason: str) -> None:
        """Say why there is no image."""
        self._show_nothing(
            self.tr("{name} cannot be read").format(name=path.name), reason.removeprefix(f"{path}: ")
        )

    def show_explanation(self, image: LoadedImage, explanation: Explanation) -> None:
        """Show what an explanation says in words and numbers; its drawing follows."""
        question = self._window.session.question
        if question is None:
            return
        classes = self._window.session.classes
        self._window.status.show_size(*explanation.image_size)
        self._window.class_panel.show_explanation(explanation, question)
        label = FolderLabels(classes).label_of(image.path)
        predicted = int(explanation.probabilities.argmax())
        self._window.status.show_folder_class(None if label is None else classes[label], label == predicted)
        probability = float(explanation.probabilities[predicted])
        self._window.predictor.send_known(Prediction(image.path, predicted, probability))
        self._window.status.show_device(
            explanation.provider,
            translate_error(explanation.provider_reason),
            self._window.session.forward_ms,
            explanation.timings_ms["gradient"],
        )

    def report_explanation(self, reason: str) -> None:
        """Say why a question has no answer; what is on show answers the one before."""
        session = self._window.session
        self._window.message_bar.show_message(reason)
        if session.explanation is not None and session.question is not None:
            self._window.class_panel.show_explanation(session.explanation, session.question)

    def show_report(self, done: int, total: int, report_pass: ReportOptions) -> None:
        """Show how far the report is; what goes through its images twice runs forward once."""
        doing = {
            ReportOptions.ONLY: "",
            ReportOptions.FIRST: self.tr("finding the strongest evidence (1 of 2)"),
            ReportOptions.SECOND: self.tr("drawing (2 of 2)"),
        }[report_pass]
        before = total if report_pass is ReportOptions.SECOND else 0
        after = total if report_pass is ReportOptions.FIRST else 0
        self._window.report_progress.show_progress(done, total, doing, before, after)

    def show_drawing(self, drawing: RenderedMaps) -> None:
        """Show a drawing in the panels."""
        self._window.panels.show_drawing(drawing, drawing.question.subject(self._window.session.classes))
        self._window.enable_panels(True)
