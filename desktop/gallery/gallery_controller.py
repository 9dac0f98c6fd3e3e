"""Connects the gallery's search, thumbnails, predictions and file watcher."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from whylight.answers import SIMILARITY

from ..common.feature import Feature
from ..common.number_format import number
from ..session.rendering import LoadedImage, has_places
from ..session.session import Session
from ..widgets.actions import Actions
from ..widgets.status_bar import StatusBar
from .confusion_view import ConfusionView
from .difference import Difference
from .folder_watcher import FolderWatcher
from .gallery_panel import GalleryPanel
from .image_list import Prediction
from .image_table import UNKNOWN, ConfusionCounts, Order
from .predictor import Predictor, predicted_of
from .scanner import NotShown, Search

if TYPE_CHECKING:
    from whylight.explanation import Explanation

    from ..session.model_loading import LoadedModel

STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageDown: 1,
    Qt.Key.Key_Space: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageUp: -1,
    Qt.Key.Key_Backspace: -1,
}
"""Steps of keys through the images, if no view handles them."""

MANY = 10_000
"""Number of images above which garbage collection of their paths exceeds a frame (50 ms)."""


class GalleryController(Feature):
    """Searches opened paths, shows and predicts images, and follows file changes."""

    search_started = Signal(object, object)
    """Opened paths and searched folders, both as tuples of paths."""
    not_shown = Signal(str)
    """Which images of the opened folders cannot be shown."""
    nothing_found = Signal(str, str)
    """Title and text if there is no image to show."""

    def __init__(
        self,
        session: Session,
        panel: GalleryPanel,
        confusion: ConfusionView,
        commands: Actions,
        status: StatusBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.panel = panel
        self._confusion = confusion
        self._commands = commands
        self._status = status
        self.search = Search(self)
        self.predictor = Predictor(session.is_free, session.scales, self)
        self.watcher = FolderWatcher(panel.images.of_folder, self)
        self.difference = Difference(session.is_free, self)
        self._second: LoadedModel | None = None
        self._add_parts(self.search, self.watcher, self.predictor, self.difference)
        self._connect_commands()
        self._connect_views()
        self._connect_session()
        self._connect_search()

    def _connect_commands(self) -> None:
        commands, view, filter_bar = self._commands, self.panel.view, self.panel.filter_bar
        commands.recursive.toggled.connect(self._search_sub_folders)
        commands.predict.triggered.connect(self._predict_or_stop)
        commands.previous.triggered.connect(lambda: view.step(-1))
        commands.next.triggered.connect(lambda: view.step(1))
        commands.previous_folder.triggered.connect(lambda: view.step_folder(-1))
        commands.next_folder.triggered.connect(lambda: view.step_folder(1))
        # The checkbox and the command for mistakes follow each other.
        commands.mistakes.toggled.connect(filter_bar.mistakes.setChecked)
        filter_bar.mistakes.toggled.connect(commands.mistakes.setChecked)
        commands.confusion.toggled.connect(self._confusion.setVisible)
        commands.enable_labelled(False)

    def _connect_views(self) -> None:
        panel, confusion = self.panel, self._confusion
        panel.view.became_visible.connect(self.predictor.prefer)
        panel.image_selected.connect(self._session.open_image)
        panel.image_selected.connect(self.watcher.watch_image)
        panel.position_changed.connect(self._status.show_position)
        panel.confusions_counted.connect(self._show_counts)
        panel.filter_bar.confusion_asked.connect(self._commands.confusion.toggle)
        panel.filter_bar.filter_changed.connect(lambda _: self._measure_differences())
        self.difference.measured.connect(panel.images.set_differences)
        self.difference.progressed.connect(panel.comparing.show_progress)
        self.difference.ended.connect(panel.comparing.hide)
        panel.comparing.cancelled.connect(self.difference.stop)
        confusion.cell_chosen.connect(panel.filter_bar.set_cell)

    def _connect_session(self) -> None:
        session = self._session
        session.model_opened.connect(self._take_model)
        session.image_requested.connect(self._show_name)
        session.explained.connect(self._take_explanation)
        session.method_changed.connect(lambda _: self._renew_predictor())
        session.layer_changed.connect(lambda _: self._renew_predictor())

    def _connect_search(self) -> None:
        search, watcher, predictor, panel = self.search, self.watcher, self.predictor, self.panel
        search.started.connect(self._start_search)
        search.found.connect(panel.add)
        search.found.connect(predictor.add)
        search.walked.connect(watcher.add)
        search.not_shown.connect(self._report_not_shown)
        search.finished.connect(self._finish_search)
        predictor.predicted.connect(panel.images.predict)
        predictor.progressed.connect(panel.progress.show_progress)
        predictor.ended.connect(panel.progress.hide)
        panel.progress.cancelled.connect(self._predict_or_stop)
        panel.progress.resumed.connect(self._predict_or_stop)
        watcher.appeared.connect(panel.add)
        watcher.appeared.connect(predictor.add)
        for found in (search.finished, watcher.appeared):
            found.connect(lambda *_: self._measure_differences())
        watcher.vanished.connect(self._remove_deleted)
        watcher.replaced.connect(self._reload_changed)

    @property
    def busy(self) -> bool:
        """Whether a search, prediction, thumbnail or file check is pending."""
        return super().busy or self.panel.busy

    def close(self) -> None:
        """Stop all work and wait for its threads."""
        super().close()
        self.panel.loader.close()

    def open_paths(self, paths: Sequence[Path], first: Path | None = None) -> None:
        """Search files and folders for images; `first` is shown immediately."""
        self.search.open_paths(paths, first)

    def predict_all(self) -> None:
        """Predict all open images with the open model."""
        model = self._session.opened_model
        explainer = model.explainer if model else None
        self.predictor.restart(explainer, self.panel.images.paths, self._session.method)

    def selected_paths(self) -> list[Path]:
        """Return the selected images, in the order shown."""
        return self.panel.view.selected_paths()

    def report_paths(self) -> list[Path]:
        """Return the images for a report: the selection if multiple, else all shown."""
        selected = self.selected_paths()
        return selected if len(selected) > 1 else self.panel.images.shown_paths

    def browse(self, key: int) -> bool:
        """Go to another image by a key; return whether the key was handled."""
        view, rows = self.panel.view, self.panel.images.rowCount()
        known = Qt.Key(key)
        if known in STEPS:
            view.step(STEPS[known])
        elif known == Qt.Key.Key_Home:
            view.step(-rows)
        elif known == Qt.Key.Key_End:
            view.step(rows)
        else:
            return False
        return True

    def _search_sub_folders(self, recursive: bool) -> None:
        self.search.set_recursive(recursive, self._session.image_path)

    def _start_search(self, first: Path | None) -> None:
        """Clear the gallery; `first` is shown immediately."""
        gc.unfreeze()  # objects frozen by `_finish_search` may be garbage now
        self.search_started.emit(self.search.roots, self.search.folders)
        self._session.forget_image()
        self._session.scales.forget()
        self.watcher.restart(self.search.folders, deep=self.search.deep)
        self.panel.hint.setVisible(not self.search.roots)
        self.panel.start(first)
        self.predict_all()

    def _report_not_shown(self, found: NotShown) -> None:
        """Say which images cannot be shown."""
        parts = []
        if found.unreadable:
            words = self.tr("Images that cannot be read: {counts}.")
            parts.append(words.format(counts=_counts(found.unreadable)))
            if found.unreadable.keys() - {"RAW"}:
                parts.append(self.tr("HEIC, AVIF and JPEG XL need the extra whylight[heic]."))
        if found.left_out:
            parts.append(
                self.tr("Images and videos left out: {counts}.").format(counts=_counts(found.left_out))
            )
        self.not_shown.emit(" ".join(parts))

    def _finish_search(self) -> None:
        """Report if nothing was found."""
        total = self.panel.images.total
        if total >= MANY:
            gc.freeze()  # exclude long-lived paths from garbage collection
        if total == 0:
            words = self.tr(
                "No supported images (JPEG, PNG, WebP, TIFF, BMP, GIF) in what was opened. Drop images or a "
                "folder here, or open one."
            )
            if self.search.folders:
                names = ", ".join(folder.name for folder in self.search.folders)
                words = self.tr(
                    "No supported images (JPEG, PNG, WebP, TIFF, BMP, GIF) in {folders}. Drop images or a "
                    "folder here, or open one."
                ).format(folders=names)
            if not self.search.recursive:
                words += " " + self.tr("Sub-folders are not included (S).")
            self._status.show_image(None)
            self.nothing_found.emit(self.tr("No images"), words)

    def _predict_or_stop(self) -> None:
        """Pause the predictions, go on with them, or begin anew."""
        if self.predictor.running:
            self.predictor.cancel()
            images = self.panel.images
            self.panel.progress.show_paused(images.total - len(images.unpredicted()), images.total)
        elif self.predictor.stopped:
            left = self.panel.images.unpredicted()
            self.predictor.resume(left, self.panel.images.total - len(left))
        else:
            self.predict_all()

    def _renew_predictor(self) -> None:
        """Continue predicting with the current layer and method."""
        if self._session.opened_model is not None:
            self.predictor.set_explainer(self._session.opened_model.explainer, self._session.method)

    def _take_model(self, opened: LoadedModel) -> None:
        explainer = opened.explainer
        segmenter = explainer.card.segmenter
        self.panel.set_classes(
            self._session.classes,
            explainer.card.all_names,
            has_places=has_places(explainer),
            counts_boxes=segmenter is None or segmenter.is_line,
        )
        is_likeness = explainer.card.answers == SIMILARITY
        self.panel.images.shows_answers = is_likeness
        self.panel.images.has_badges = not is_likeness or bool(explainer.card.references)
        self.panel.filter_bar.name_certainty(is_likeness=is_likeness)
        self.panel.filter_bar.set_training_data(explainer.card.data_set)
        self._renew_difference()
        self.predict_all()

    def set_second(self, opened: LoadedModel | None) -> None:
        """Offer to sort by the difference to a second model; None for no longer."""
        self._second = opened
        self._renew_difference()
        self.panel.filter_bar.offer_difference(opened is not None)

    def _renew_difference(self) -> None:
        """Forget the differences, since one of the two models is another."""
        first, second = self._session.opened_model, self._second
        self.difference.set_models(
            None if first is None else first.explainer, None if second is None else second.explainer
        )
        self.panel.images.table.forget_differences()
        self._measure_differences()

    def _measure_differences(self) -> None:
        """Measure the differences that are unknown, if the images are sorted by them."""
        images = self.panel.images
        if images.image_filter.order is Order.DIFFERENCE and self.difference.idle:
            unknown = np.flatnonzero(np.isnan(images.table.differences)).tolist()
            self.difference.measure([images.paths[index] for index in unknown])

    def _take_explanation(self, image: LoadedImage, explanation: Explanation) -> None:
        """Use the explanation of the current image as its prediction."""
        predicted = predicted_of(explanation)
        self.predictor.send_known(
            Prediction(
                image.path, predicted.class_index, predicted.probability, predicted.found, predicted.text
            )
        )

    def _show_name(self, path: Path) -> None:
        self._status.show_image(path, self.search.name_of(path))

    def _show_counts(self, counts: ConfusionCounts) -> None:
        self._commands.enable_labelled(counts.total > 0)
        self._confusion.show_counts(counts, self._session.classes)

    def _remove_deleted(self, paths: Sequence[Path]) -> None:
        """Remove images that were deleted from disk."""
        self.panel.loader.discard(paths)
        self.panel.remove(paths)
        if self.panel.images.total == 0:
            self._session.forget_image()
            self._finish_search()

    def _reload_changed(self, paths: Sequence[Path]) -> None:
        """Read and predict images again whose files were replaced."""
        # Discard thumbnails, predictions and badges of the old contents.
        self.panel.loader.discard(paths)
        for path in paths:
            self.predictor.forget(path)
        self.panel.images.predict([Prediction(path, UNKNOWN, 0.0) for path in paths])
        self.predictor.add(paths)
        self.panel.view.viewport().update()
        current = self._session.image_path
        if current is not None and current in paths:
            self._session.open_image(current)


def _counts(found: Mapping[str, int]) -> str:
    """Return numbers by format: `12 HEIC, 3 SVG`."""
    return ", ".join(f"{number(count)} {kind}" for kind, count in sorted(found.items()))
