"""Panel of thumbnails with filter bar, and the current image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ..widgets.progress_row import ProgressRow
from .filter_bar import FilterBar
from .image_list import ImageList
from .image_table import ConfusionCounts, ImageFilter, Order, count_confusions
from .thumbnail_delegate import TILE
from .thumbnail_loader import ThumbnailLoader
from .thumbnail_view import ThumbnailView

SUMMARY_MS = 200
"""Interval at which counts and order are updated during predictions."""


class GalleryPanel(QWidget):
    """Filter bar, thumbnails and progress of predictions."""

    image_selected = Signal(Path)
    """The current image has changed, by the user or as the first image."""
    position_changed = Signal(object, int)
    """The row of the current image, or None if it is filtered out, and the number of rows."""
    confusions_counted = Signal(ConfusionCounts)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images = ImageList(self)
        self.loader = ThumbnailLoader(round(TILE * self.devicePixelRatioF()), parent=self)
        self.view = ThumbnailView(self.images, self.loader, self)
        self.filter_bar = FilterBar(self)
        self.progress = ProgressRow(self.tr("Predicted"), self, pausable=True)
        self.comparing = ProgressRow(self.tr("Compared"), self)
        """How many images two models were compared about."""
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(6)
        self.hint = QLabel(self.tr("These are samples. Drop your own images or folders here."), self)
        self.hint.setWordWrap(True)
        self.hint.setContentsMargins(8, 0, 8, 0)
        self.hint.hide()
        layout.addWidget(self.hint)
        layout.addWidget(self.filter_bar)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.progress)
        layout.addWidget(self.comparing)
        self._current: Path | None = None
        self._wanted: Path | None = None
        self._summary = QTimer(self, singleShot=True, interval=SUMMARY_MS)
        self._summary.timeout.connect(self._summarise)
        self.filter_bar.filter_changed.connect(self._apply_filter)
        self.filter_bar.filter.returnPressed.connect(lambda: self.view.setFocus())
        self.view.image_selected.connect(self._select)
        self.images.table_changed.connect(self._follow_table)

    @property
    def busy(self) -> bool:
        """Whether thumbnails or counts are pending."""
        return not self.loader.idle or self._summary.isActive()

    @property
    def current(self) -> Path | None:
        """The current image, which may be filtered out; None without images."""
        return self._current

    def start(self, first: Path | None) -> None:
        """Remove all images and filters; `first` is shown immediately."""
        self._current, self._wanted = None, first
        self.loader.recheck()
        self.images.clear()
        self.filter_bar.clear()
        if first is not None:
            self._select(first)
        self._summary.start()
        self._emit_position()

    def add(self, paths: Sequence[Path]) -> None:
        """Append images; the first one becomes current, unless another is requested."""
        self.images.add(paths)
        if self._wanted is not None:
            self._show_current()
            if self._wanted in self.images:
                self._wanted = None
        else:
            self._show_current()
        self._summary.start()
        self._emit_position()

    def remove(self, paths: Sequence[Path]) -> None:
        """Remove images; a neighbour replaces the current one."""
        row = None if self._current is None else self.images.row_of(self._current)
        with self.view.kept_in_place():
            self.images.remove(paths)
            if self._current in paths:
                self._current = None
            self._show_current(row or 0)
        self._summary.start()
        self._emit_position()

    def set_classes(
        self,
        classes: Sequence[str],
        further_names: Sequence[str] = (),
        *,
        has_places: bool = False,
        counts_boxes: bool = True,
    ) -> None:
        """Set the classes of a model, of the list and of the filter."""
        self.images.set_classes(classes, further_names, has_places=has_places)
        self.filter_bar.set_classes(classes, counts_boxes=counts_boxes)

    def _apply_filter(self, image_filter: ImageFilter) -> None:
        if image_filter != self.images.image_filter:
            with self.view.kept_selected():
                self.images.set_filter(image_filter)
                self._show_current()
            self._emit_position()

    def _follow_table(self) -> None:
        self.view.viewport().update()
        if not self._summary.isActive():
            self._summary.start()

    def _summarise(self) -> None:
        self.filter_bar.show_counts(self.images.table)
        self.filter_bar.show_marks(self.images.table)
        counts = count_confusions(self.images.table)
        self.filter_bar.show_accuracy(counts, self.images.table)
        self.confusions_counted.emit(counts)
        used = self.images.image_filter
        if used.order is not Order.FOUND or used.by_prediction or used.mark is not None:
            with self.view.kept_in_place():
                self.images.arrange()
                self._show_current()
            self._emit_position()

    def _show_current(self, otherwise: int = 0) -> None:
        """Select the tile of the current image, or the given row if there is none."""
        if self._current is not None:
            row = self.images.row_of(self._current)
        else:
            last = self.images.rowCount() - 1
            row = min(otherwise, last) if last >= 0 else None
        if row is not None and row != self.view.currentIndex().row():
            self.view.select_row(row)

    def _select(self, path: Path) -> None:
        if path != self._current:
            self._current = path
            self.image_selected.emit(path)
        self._emit_position()

    def _emit_position(self) -> None:
        index = self.view.currentIndex()
        self.position_changed.emit(index.row() if index.isValid() else None, self.images.rowCount())
