"""Filter, sort order and accuracy above the thumbnails."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..common.number_format import number
from ..widgets.short_combo_box import ShortComboBox
from .image_table import NOTHING, UNKNOWN, ConfusionCounts, ImageFilter, ImageTable, Order
from .marks import ANY_MARK, NO_MARK, Mark

UNKNOWN_DATA = "unknown"
"""Training data of a card that names none (`whylight.pair.card`)."""


CELL_MARGIN = 40
"""Pixels of the bar's width beside the words of its button for a cell of the confusion table."""


class FilterBar(QWidget):
    """Controls of an `ImageFilter`."""

    filter_changed = Signal(ImageFilter)
    confusion_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: tuple[str, ...] = ()
        self._counts: dict[int, str] = {}
        """Numbers of images by class as shown."""
        self._counts_boxes = True
        self._cell: tuple[int, int | None] | None = None
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setAccessibleName(self.tr("Filter the images by folder and file name"))
        self.filter.setClearButtonEnabled(True)
        self.predicted = ShortComboBox(self, length=6)
        self.predicted.setAccessibleName(self.tr("Show only images of this predicted class"))
        self.predicted.addItem(self.tr("All classes"), None)
        self.order = ShortComboBox(self, length=6)
        self.order.setAccessibleName(self.tr("Sort the images"))
        for order, words in (
            (Order.FOUND, self.tr("By folder")),
            (Order.NAME, self.tr("By name")),
            (Order.CLASS, self.tr("By class")),
            (Order.MOST_CERTAIN, self.tr("Most certain first")),
            (Order.LEAST_CERTAIN, self.tr("Least certain first")),
        ):
            self.order.addItem(words, order)
        self.marked = ShortComboBox(self, length=6)
        self.marked.setAccessibleName(self.tr("Show only images with this mark"))
        for words, mark in (
            (self.tr("Marked or not"), None),
            (self.tr("Marked"), ANY_MARK),
            *((given.words, int(given)) for given in Mark),
            (self.tr("Not marked"), NO_MARK),
        ):
            self.marked.addItem(words, mark)
        self.marked.hide()
        for box in (self.predicted, self.order, self.marked):
            box.setToolTip(box.accessibleName())
        self.accuracy = QLabel(self)
        self.accuracy.setWordWrap(True)
        self.trained_on = QLabel(self)
        self.trained_on.setWordWrap(True)
        self.trained_on.hide()
        for label in (self.accuracy, self.trained_on):  # nested layouts give wrapped text one line alone
            label.setMinimumHeight(2 * self.fontMetrics().height() + 2)
        self.trained_on.setToolTip(self.tr("The model's card may name its accuracy on images held out."))
        self.mistakes = QCheckBox(self.tr("Mistakes only"), self)
        self.table = QToolButton(self)
        self.table.setText(self.tr("Confusions"))
        self.table.setToolTip(self.tr("Confusions, recall and precision (T)"))
        self.table.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.labelled = QWidget(self)
        self.cell = QToolButton(self)
        self.cell.setToolTip(self.tr("Show all images again"))
        self.cell.setAccessibleName(self.cell.toolTip())
        self.cell.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._build_layout()
        self.filter.textChanged.connect(self._emit_filter)
        self.predicted.currentIndexChanged.connect(self._emit_filter)
        self.order.currentIndexChanged.connect(self._emit_filter)
        self.marked.currentIndexChanged.connect(self._emit_filter)
        self.mistakes.toggled.connect(self._emit_filter)
        self.table.clicked.connect(self.confusion_asked)
        self.cell.clicked.connect(lambda: self.set_cell(None))

    @property
    def image_filter(self) -> ImageFilter:
        """The filter that the controls describe."""
        label, predicted = self._cell or (None, self.predicted.currentData())
        return ImageFilter(
            words=tuple(self.filter.text().casefold().split()),
            predicted=predicted,
            label=label,
            mistakes_only=self.mistakes.isChecked(),
            mark=self.marked.currentData(),
            order=self.order.currentData(),
        )

    def clear(self) -> None:
        """Remove all filters, keeping the order."""
        with QSignalBlocker(self.filter), QSignalBlocker(self.predicted), QSignalBlocker(self.marked):
            self.filter.clear()
            self.predicted.setCurrentIndex(0)
            self.marked.setCurrentIndex(0)
        self.mistakes.setChecked(False)
        self.set_cell(None)

    def set_classes(self, classes: Sequence[str], *, counts_boxes: bool = True) -> None:
        """Set the classes of a model.

        `counts_boxes`: whether one may be found several times in an image.
        """
        self._classes, self._counts, self._counts_boxes = tuple(classes), {}, counts_boxes
        self.set_cell(None)
        self.show_counts(ImageTable())

    def set_training_data(self, name: str) -> None:
        """Warn that images may be of a model's training data; "unknown" is no name."""
        words = self.tr("The model was trained on {data_set}: for images of it this says little.")
        self.trained_on.setText(words.format(data_set=name))
        self.trained_on.setVisible(bool(name) and name != UNKNOWN_DATA)

    def name_certainty(self, *, is_likeness: bool) -> None:
        """Name the orders by certainty; those of cosines are orders by likeness."""
        most, least = self.tr("Most certain first"), self.tr("Least certain first")
        if is_likeness:
            most, least = self.tr("Most alike first"), self.tr("Least alike first")
        for order, words in ((Order.MOST_CERTAIN, most), (Order.LEAST_CERTAIN, least)):
            self.order.setItemText(self.order.findData(order), words)

    def sort_by_certainty(self) -> None:
        """Show the most certain images first, unless another order was chosen."""
        if self.order.currentData() is Order.FOUND:
            self.order.setCurrentIndex(self.order.findData(Order.MOST_CERTAIN))

    def offer_difference(self, offered: bool) -> None:
        """Offer to sort by the difference of two models, or no longer."""
        row = self.order.findData(Order.DIFFERENCE)
        if offered and row < 0:
            self.order.addItem(self.tr("Where the models differ most"), Order.DIFFERENCE)
        elif not offered and row >= 0:
            self.order.removeItem(row)

    def set_cell(self, cell: tuple[int, int | None] | None) -> None:
        """Filter by a cell of the confusion matrix; None: all.

        A cell is the folder's class and the predicted one, or None for any prediction.
        """
        self._cell = cell
        if cell is not None:
            label, predicted = cell
            if predicted is None:
                words = self.tr("Folder's class: {label}  ✕").format(label=self._classes[label])
            else:
                words = self.tr("{label} mistaken for {predicted}  ✕")
                if label == predicted:
                    words = self.tr("{label}, recognised  ✕")
                words = words.format(label=self._classes[label], predicted=self._classes[predicted])
            room = self.width() - CELL_MARGIN  # a longer text would widen the column
            self.cell.setText(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, room))
            self.cell.setToolTip(f"{words}\n{self.cell.accessibleName()}")
        self.cell.setVisible(cell is not None)
        self._emit_filter()

    def show_counts(self, table: ImageTable) -> None:
        """List the predicted classes with their numbers of images."""
        found = table.found_counts()
        known = table.predicted[table.predicted >= 0]
        counts: dict[int, str] = {}
        for index, count in enumerate(np.bincount(known, minlength=len(self._classes)).tolist()):
            if count:
                counts[index] = number(count)
        if found:
            between = self.tr("{boxes} in {images}") if self._counts_boxes else "{images}"
            counts = {
                index: between.format(boxes=number(boxes), images=number(images))
                for index, (boxes, images) in sorted(found.items())
                if index != NOTHING
            }
            if NOTHING in found:
                counts[NOTHING] = number(found[NOTHING][1])
        if counts == self._counts or self.predicted.view().isVisible():
            return
        self._counts = counts
        chosen = self.predicted.currentData()
        with QSignalBlocker(self.predicted):
            self.predicted.clear()
            self.predicted.addItem(self.tr("All classes"), None)
            is_known = chosen is not None and chosen < len(self._classes) and (chosen >= 0 or bool(found))
            if is_known and chosen not in counts:
                counts = {**counts, chosen: number(0)}
            for index in sorted(counts, key=lambda index: (index < 0, index)):
                name = self.tr("Nothing found") if index == NOTHING else self._classes[index]
                self.predicted.addItem(f"{name} ({counts[index]})", index)
            self.predicted.setCurrentIndex(max(0, self.predicted.findData(chosen)))
        if self.predicted.currentData() != chosen:
            self._emit_filter()

    def show_marks(self, table: ImageTable) -> None:
        """Offer the marks as a filter, with their numbers, once there are any."""
        counts = np.bincount(table.marks, minlength=len(Mark) + 1)
        for row in range(self.marked.count()):
            mark = self.marked.itemData(row)
            if mark is not None and mark > 0:
                self.marked.setItemText(row, f"{Mark(mark).words} ({number(int(counts[mark]))})")
        chosen = self.marked.currentData() is not None
        self.marked.setVisible(chosen or bool(counts[1:].any()))

    def show_accuracy(self, counts: ConfusionCounts, table: ImageTable) -> None:
        """Show the accuracy if any folder is named after a class."""
        self.labelled.setVisible(counts.total > 0 or self.mistakes.isChecked())
        if not counts.total:
            return
        labelled = int(np.count_nonzero(table.labels != UNKNOWN))
        words = (
            self.tr("{share} % correct so far ({right} of {total})")
            if counts.total < labelled
            else self.tr("{share} % correct ({right} of {total})")
        )
        share = number(100 * counts.right / counts.total, 1)
        words = words.format(share=share, right=number(counts.right), total=number(counts.total))
        outside = len(table) - labelled
        if outside:
            further = self.tr("not counted: {count} in other folders")
            words += "; " + further.format(count=number(outside))
        self.accuracy.setText(words)
        self.accuracy.setToolTip(self.tr("Counted are images in folders that are named after a class."))

    def _build_layout(self) -> None:
        boxes = QHBoxLayout()
        boxes.setSpacing(6)
        boxes.addWidget(self.predicted, 1)
        boxes.addWidget(self.order, 1)
        wrong = QHBoxLayout()
        wrong.addWidget(self.mistakes, 1)
        wrong.addWidget(self.table)
        labelled = QVBoxLayout(self.labelled)
        labelled.setContentsMargins(0, 0, 0, 0)
        labelled.setSpacing(4)
        labelled.addWidget(self.accuracy)
        labelled.addWidget(self.trained_on)
        labelled.addLayout(wrong)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.setSpacing(6)
        layout.addWidget(self.filter)
        layout.addLayout(boxes)
        layout.addWidget(self.marked)
        layout.addWidget(self.labelled)
        layout.addWidget(self.cell)
        self.labelled.hide()
        self.cell.hide()

    def _emit_filter(self) -> None:
        self.filter_changed.emit(self.image_filter)
