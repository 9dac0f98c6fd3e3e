"""List of what a detector found, and the question why a class was not found here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from ..common.number_format import number, percent
from ..common.qt_helpers import Index
from ..widgets.row_panel import RowPanel

if TYPE_CHECKING:
    from whylight.detection.boxes import Box


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
        words = f"{name}, {percent(box.score)}"
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


class BoxPanel(RowPanel):
    """Sentence and list of the boxes found; hidden for classifiers."""

    box_chosen = Signal(object)
    """The `Box` to explain."""
    why_not_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self.boxes = BoxList()
        super().__init__(self.boxes, parent)
        self.boxes.setParent(self)
        self.view.setAccessibleName(self.tr("Boxes found, the highest score first"))
        self.why_not.clicked.connect(self.why_not_asked)

    def choose_row(self, row: int) -> None:
        """Ask about the box of a row."""
        self.box_chosen.emit(self.boxes.boxes[row])

    def show_boxes(self, boxes: Sequence[Box], names: Sequence[str], least_score: float) -> None:
        """List the boxes of an image; `names` are those of their classes."""
        if tuple(boxes) != self.boxes.boxes or not self.summary.text():
            self.change(lambda: self.boxes.set_boxes(boxes, names))
        if boxes:
            counts = Counter(names).most_common()
            listed = ", ".join(f"{number(count)} × {name}" for name, count in counts)
            self.summary.setText(self.tr("Found: {boxes}").format(boxes=listed))
        else:
            words = self.tr("Nothing was found: no box scores {least} % or more.")
            self.summary.setText(words.format(least=number(100 * least_score)))
        self.fit_height()

    def mark(self, box: Box | None) -> None:
        """Select the box that is explained, without asking about it."""
        known = box is not None and box in self.boxes.boxes
        self.mark_row(self.boxes.boxes.index(box) if known else None)

    def clear(self) -> None:
        """Show that no image is explained."""
        self.change(lambda: self.boxes.set_boxes((), ()))
        self.summary.clear()
        self.offer_why_not(None)
