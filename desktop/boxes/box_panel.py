"""List of what a detector found, and the question why a class was not found here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ..common.number_format import number
from ..common.qt_helpers import Index
from ..widgets.row_view import RowView

if TYPE_CHECKING:
    from whylight.detection.boxes import Box

MOST_ROWS = 6
"""Rows of the list that are seen without scrolling, if there are as many boxes."""


def score_words(score: float) -> str:
    """Return a box's score as text: `87 %`."""
    if score < 0.001:
        return "< " + number(0.1, 1) + " %"
    return f"{number(100 * score, 0 if score >= 0.1 else 1)} %"


class BoxList(QAbstractListModel):
    """The boxes of an image, the highest score first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.boxes: tuple[Box, ...] = ()
        self._names: tuple[str, ...] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of boxes."""
        return 0 if parent.isValid() else len(self.boxes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return class and score; as tool tip and for screen readers the place, too."""
        if not index.isValid():
            return None
        box, name = self.boxes[index.row()], self._names[index.row()]
        words = f"{name}, {score_words(box.score)}"
        if role == Qt.ItemDataRole.DisplayRole:
            return words
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            left, top, right, bottom = (number(round(side)) for side in box.corners)
            further = self.tr("{box}, from {left}, {top} to {right}, {bottom} pixels")
            return further.format(box=words, left=left, top=top, right=right, bottom=bottom)
        return None

    def set_boxes(self, boxes: Sequence[Box], names: Sequence[str]) -> None:
        """Set the boxes and the names of their classes."""
        self.beginResetModel()
        self.boxes, self._names = tuple(boxes), tuple(names)
        self.endResetModel()


class BoxPanel(QWidget):
    """Sentence and list of the boxes found; hidden for classifiers."""

    box_chosen = Signal(object)
    """The `Box` to explain."""
    why_not_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.boxes = BoxList(self)
        self.view = RowView(self)
        self.view.setModel(self.boxes)
        self.view.setAccessibleName(self.tr("Boxes found, the highest score first"))
        self.why_not = QPushButton(self)
        self.why_not.setAccessibleName(self.tr("Why not this class here?"))
        self.why_not.setToolTip(self.tr("Explain this class at the marked spot; choose another class below"))
        self.why_not.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(4)
        texts = QVBoxLayout()
        texts.setContentsMargins(8, 0, 8, 0)
        texts.addWidget(self.summary)
        layout.addLayout(texts)
        layout.addWidget(self.view, 1)
        button = QVBoxLayout()
        button.setContentsMargins(8, 0, 8, 0)
        button.addWidget(self.why_not)
        layout.addLayout(button)
        self._following = False
        self.view.selectionModel().selectionChanged.connect(self._choose)
        self.view.activated.connect(lambda _: self._choose())
        self.view.clicked.connect(lambda _: self._choose())
        self.why_not.clicked.connect(self.why_not_asked)
        self.clear()
        self.hide()

    def show_boxes(self, boxes: Sequence[Box], names: Sequence[str], least_score: float) -> None:
        """List the boxes of an image; `names` are those of their classes."""
        if tuple(boxes) != self.boxes.boxes or not self.summary.text():
            self._change(lambda: self.boxes.set_boxes(boxes, names))
        if boxes:
            counts = Counter(names).most_common()
            listed = ", ".join(f"{number(count)} × {name}" for name, count in counts)
            self.summary.setText(self.tr("Found: {boxes}").format(boxes=listed))
        else:
            words = self.tr("Nothing was found: no box scores {least} % or more.")
            self.summary.setText(words.format(least=number(100 * least_score)))
        self._set_height(max(len(boxes), 1))

    def mark(self, box: Box | None) -> None:
        """Select the box that is explained, without asking about it."""
        row = self.boxes.boxes.index(box) if box is not None and box in self.boxes.boxes else None

        def select() -> None:
            if row is None:
                self.view.selectionModel().clear()
            else:
                self.view.setCurrentIndex(self.boxes.index(row, 0))

        self._change(select)

    def offer_why_not(self, name: str | None) -> None:
        """Offer the question why a class is not found at the marked spot; None: do not."""
        if name is None and self.why_not.hasFocus():  # which would go to the first control of the window
            self.view.setFocus()
        self.why_not.setVisible(name is not None)
        if name is not None:
            words = self.tr("Why not {name} here?").format(name=name)
            self.why_not.setText(words.replace("&", "&&"))  # one alone would be a key
            self.why_not.setAccessibleName(words)

    def clear(self) -> None:
        """Show that no image is explained."""
        self._change(lambda: self.boxes.set_boxes((), ()))
        self.summary.clear()
        self.offer_why_not(None)

    def _set_height(self, rows: int) -> None:
        row = self.view.sizeHintForRow(0) if self.boxes.boxes else self.fontMetrics().height() + 4
        self.view.setMinimumHeight(min(rows, MOST_ROWS) * row + 4 if self.boxes.boxes else 0)

    def _change(self, change: Callable[[], None]) -> None:
        """Change the list or the selection without asking about a box."""
        self._following = True
        try:
            change()
        finally:
            self._following = False

    def _choose(self) -> None:
        selected = self.view.selectionModel().selectedIndexes()
        if selected and not self._following:
            self.box_chosen.emit(self.boxes.boxes[selected[0].row()])
