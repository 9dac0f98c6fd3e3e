"""List model of classes by probability, and its delegate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from whylight.answers import NO_SHARES, SIMILARITY, SOFTMAX

from ..common.number_format import number, percent, written
from ..common.qt_helpers import Index

CLASS_ROLE = Qt.ItemDataRole.UserRole
"""The class index."""
PROBABILITY_ROLE = Qt.ItemDataRole.UserRole + 1
"""The probability, 0 to 1, or None if no image is explained."""

BEFORE_ROLE = Qt.ItemDataRole.UserRole + 2
"""The probability for the uncovered image while part of it is covered, else None."""

ANSWER_ROLE = Qt.ItemDataRole.UserRole + 3
"""The answer as text: in per cent, or a number."""

SHARE_ROLE = Qt.ItemDataRole.UserRole + 4
"""The length of the bar, 0 to 1; None for none."""

LEAST = 0.001
"""Lower probabilities are displayed as below this value, since a softmax is never 0."""


class ClassList(QAbstractListModel):
    """Classes that match the search, by probability, or unsorted without one."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._searched: list[str] = []
        self._probabilities: NDArray[np.float32] | None = None
        self._covered: NDArray[np.float32] | None = None
        self._uncovered: NDArray[np.float32] | None = None
        self._search = ""
        self._rows: list[int] = []
        self._answers = SOFTMAX
        self._shows_numbers = False

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of classes that match the search."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return name, class index, probability, or text for screen readers."""
        if not index.isValid():
            return None
        class_index = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._names[class_index]
        if role == CLASS_ROLE:
            return class_index
        known = self._probabilities if self._covered is None else self._covered
        probability = None if known is None else float(known[class_index])
        if role == BEFORE_ROLE:
            before = self._probabilities if self._uncovered is None else self._uncovered
            return None if self._covered is None or before is None else float(before[class_index])
        if role == PROBABILITY_ROLE:
            return probability
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            name = self._names[class_index]
            return name if probability is None else f"{name}, {self._words(probability)}"
        if role == ANSWER_ROLE:
            return None if probability is None else self._words(probability)
        if role == SHARE_ROLE:
            return None if probability is None or self._shows_numbers else probability
        return None

    def _words(self, answer: float) -> str:
        if self._answers == SIMILARITY:
            return number(answer, 2)
        if self._shows_numbers:
            return written(f"{answer:.4g}")
        if answer < LEAST or 0.9995 <= answer < 1:
            return percent(answer)
        return f"{number(100 * answer, 1)} %"

    def set_classes(
        self, names: Sequence[str], further_names: Sequence[str] = (), answers: str = "softmax"
    ) -> None:
        """Set the classes of a model, with further names by which they are found.

        `answers`: the kind of its answers, one of `whylight.answers.KINDS`.
        """
        self._answers, self._shows_numbers = answers, answers in NO_SHARES
        self._names = tuple(names)
        further = further_names or [""] * len(names)
        self._searched = [f"{name} {more}".casefold() for name, more in zip(names, further, strict=True)]
        self._probabilities = self._covered = self._uncovered = None
        self._sort()

    def set_probabilities(self, probabilities: NDArray[np.float32] | None) -> None:
        """Set the probabilities float32 `[K]` of an image; None if none is explained."""
        self._probabilities = probabilities
        self._covered = self._uncovered = None
        self._sort()

    def set_covered(
        self, answers: NDArray[np.float32] | None, before: NDArray[np.float32] | None = None
    ) -> None:
        """Set the answers float32 `[K]` for the covered image, keeping the order.

        `before`: those for the image as it is, if they are not the probabilities, but of a box or region.
        """
        self._covered, self._uncovered = answers, before
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, 0))

    def set_search(self, text: str) -> None:
        """Show only classes whose names contain every word of `text`."""
        self._search = text
        self._sort()

    def row_of(self, class_index: int) -> int | None:
        """Return the row of a class, or None if it does not match the search."""
        return self._rows.index(class_index) if class_index in self._rows else None

    def _sort(self) -> None:
        self.beginResetModel()
        if self._probabilities is None:
            order = range(len(self._names))
        else:
            order = np.argsort(-self._probabilities, kind="stable").tolist()
        words = self._search.casefold().split()
        self._rows = [k for k in order if all(word in self._searched[k] for word in words)]
        self.endResetModel()


class ClassDelegate(QStyledItemDelegate):
    """Paints the name of a class, its probability, and a bar."""

    PADDING = 8
    BAR_HEIGHT = 3

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the size of every row."""
        return QSize(120, option.fontMetrics.height() + self.BAR_HEIGHT + 13)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a row."""
        painter.save()
        palette = option.palette
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(option.rect, palette.color(QPalette.ColorRole.Highlight))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, palette.color(QPalette.ColorRole.AlternateBase))
        text_role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        text_colour = palette.color(text_role)
        rect = option.rect.adjusted(self.PADDING, 4, -self.PADDING, -5)
        line = QRect(rect.left(), rect.top(), rect.width(), option.fontMetrics.height())
        painter.setPen(text_colour)
        answer, probability = index.data(ANSWER_ROLE), index.data(SHARE_ROLE)
        if answer is not None:
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, answer)
            line.setRight(line.right() - option.fontMetrics.horizontalAdvance(answer) - 8)
        if probability is not None:
            bar = QRect(rect.left(), rect.bottom() - self.BAR_HEIGHT + 1, rect.width(), self.BAR_HEIGHT)
            track = palette.color(text_role)
            track.setAlphaF(0.12)
            painter.fillRect(bar, track)
            before = index.data(BEFORE_ROLE)
            if before is not None:
                mark = bar.left() + round((bar.width() - 2) * before)
                painter.fillRect(QRect(mark, bar.top() - 3, 2, self.BAR_HEIGHT + 3), text_colour)
            bar.setWidth(round(bar.width() * probability))
            painter.fillRect(bar, text_colour if selected else palette.color(QPalette.ColorRole.Highlight))
        name = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()
