"""What the window's commands do with its parts."""

from __future__ import annotations

import gc
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from ..files import dialogs
from ..files.dropped import Incoming, incoming
from ..files.start_folders import StartFolders
from ..models.second_model import SecondModel
from ..models.startup_model import ModelChoice
from ..settings import Settings
from .layout import build_layout
from .parts import WindowParts
from .presenter import Presenter


class OperableWindow(WindowParts):
    """The parts in their places, showing what the session tells, and one method for each larger command."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.columns, self.right_side = build_layout(self)
        self.presenter = Presenter(self)
        self.beginnings = StartFolders(self)
        self.comparison = SecondModel(self, self.beginnings)
        self.model_choice = ModelChoice(self, self.comparison)

    def choose_folder(self) -> None:
        """Let the user choose a folder to open."""
        start = self.beginnings.of_folders()
        dialogs.choose_folder(self, start, lambda path: self.search.open_paths([path]))

    def choose_images(self) -> None:
        """Let the user choose images to open."""
        dialogs.choose_images(self, self.beginnings.of_images(), self.search.open_paths)

    def choose_model(self) -> None:
        """Let the user choose a model to open."""
        dialogs.choose_model(self, self.beginnings.of_models(), self.session.open_model)

    def open_incoming(self, brought: Incoming) -> None:
        """Open files and folders."""
        if brought.model is not None:
            self.session.open_model(brought.model)
        if brought.paths:
            self.search.open_paths(brought.paths)

    def search_sub_folders(self, recursive: bool) -> None:
        """Search sub-folders of what is open, too, or no longer."""
        self.search.set_recursive(recursive, self.session.image_path)

    def paste(self) -> None:
        """Open what was copied elsewhere."""
        if not self.open_brought(QGuiApplication.clipboard().mimeData()):
            self.message_bar.show_message(self.tr("There are no files, folders or images to paste."))

    def open_brought(self, mime: QMimeData) -> bool:
        """Open what was dropped or pasted, if it is files or an image; files come first."""
        brought = incoming(mime)
        if not brought:
            return self.pasting.take(mime)
        self.open_incoming(brought)
        return True

    def save(self) -> None:
        """Let the user choose where to save the panels."""
        if self.session.image is not None:
            name = f"{self.session.image.path.stem}-panels.png"
            start = self.beginnings.for_saving()
            dialogs.choose_image_to_save(self, start, name, self.errands.save_panels)

    def measure(self) -> None:
        """Measure how true the map on show is."""
        sketch = self.session.sketch()
        if sketch is not None:
            self.about.setCurrentWidget(self.truth_view)
            self.truth.measure(sketch)

    def brush(self, on: bool) -> None:
        """Let mouse or keys cover parts of the image; ending that uncovers them."""
        self.panels.set_brushing(on)
        if on:
            self.panels.setFocus()
        if not on:
            self.covering.clear()

    def cover(self, spot: QPointF) -> None:
        """Cover a spot of the explained image."""
        sketch = self.session.sketch()
        if sketch is not None:
            self.covering.cover(sketch, spot)

    def write_report(self) -> None:
        """Let the user choose where the report of several selected images, or of all on show, goes."""
        selected = self.image_panel.view.selected_paths()
        paths = selected if len(selected) > 1 else self.image_panel.images.shown_paths
        if paths and self.session.opened_model is not None:
            start = self.beginnings.for_saving()
            dialogs.choose_report_folder(self, start, lambda folder: self.errands.write_report(paths, folder))

    def finish_report(self, page: Path | None) -> None:
        """Offer a report that has been written."""
        self.report_progress.hide()
        if page is not None:
            words = self.tr("The report is written: {path}").format(path=page)
            url = QUrl.fromLocalFile(str(page.absolute()))
            self.message_bar.offer(words, self.tr("Open"), lambda: QDesktopServices.openUrl(url))

    def predict_or_stop(self) -> None:
        """Stop predicting; or, where it was stopped, begin anew."""
        if self.predictor.running:
            self.predictor.cancel()
        else:
            self.predict_all()

    def renew_predictor(self) -> None:
        """Let predictions go on with the layer and the method on show."""
        if self.session.opened_model is not None:
            self.predictor.set_explainer(self.session.opened_model.explainer, self.session.method)

    def start_search(self, first: Path | None) -> None:
        """Forget what was open; `first` is shown before it is found."""
        gc.unfreeze()  # what `finish_search` froze: among it may be garbage by now
        for path in self.pasting.lasting(self.search.roots):
            self.settings.add_folder(path)
        self.message_bar.clear_stale()
        self.session.forget_image()
        self.session.scales.forget()
        self.watcher.restart(self.search.folders, deep=self.search.deep)
        self.image_panel.start(first)
        self.predict_all()
