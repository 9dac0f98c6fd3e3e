"""The classes of the model: the most likely first, any by search; choosing one asks why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.pictures import Index

if TYPE_CHECKING:
    from explain.explanation import Explanation

CLASS_ROLE = Qt.ItemDataRole.UserRole
"""The class index."""
PROBABILITY_ROLE = Qt.ItemDataRole.UserRole + 1
"""The probability, 0 to 1, or None when no picture is explained."""

LEAST = 0.001
"""Probabilities below this are shown as such: no class is impossible for a softmax."""


class ClassList(QAbstractListModel):
    """Classes that match the search, the most probable first; in the model's order without probabilities."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._probabilities: NDArray[np.float32] | None = None
        self._search = ""
        self._rows: list[int] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of classes that match the search."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return name, class index, probability, or the words for a screen reader."""
        if not index.isValid():
            return None
        class_index = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._names[class_index]
        if role == CLASS_ROLE:
            return class_index
        probability = None if self._probabilities is None else float(self._probabilities[class_index])
        if role == PROBABILITY_ROLE:
            return probability
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            name = self._names[class_index]
            return name if probability is None else f"{name}, {100 * probability:.1f} %"
        return None

    def set_classes(self, names: Sequence[str]) -> None:
        """Take the classes of another model."""
        self._names = tuple(names)
        self._probabilities = None
        self._sort()

    def set_probabilities(self, probabilities: NDArray[np.float32] | None) -> None:
        """Take the probabilities float32 `[K]` of another picture, or None while there are none."""
        self._probabilities = probabilities
        self._sort()

    def set_search(self, text: str) -> None:
        """Show only classes whose name contains every word of `text`."""
        self._search = text
        self._sort()

    def row_of(self, class_index: int) -> int | None:
        """Return the row of a class, or None when it does not match the search."""
        return self._rows.index(class_index) if class_index in self._rows else None

    def _sort(self) -> None:
        self.beginResetModel()
        if self._probabilities is None:
            order = range(len(self._names))
        else:
            order = np.argsort(-self._probabilities, kind="stable").tolist()
        words = self._search.casefold().split()
        self._rows = [k for k in order if all(word in self._names[k].casefold() for word in words)]
        self.endResetModel()


class ClassDelegate(QStyledItemDelegate):
    """Paints a class: its name, its probability, and the probability as a bar under both."""

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
        probability = index.data(PROBABILITY_ROLE)
        if probability is not None:
            per_cent = f"{100 * probability:.1f} %" if probability >= LEAST else f"< {100 * LEAST:.1f} %"
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, per_cent)
            line.setRight(line.right() - option.fontMetrics.horizontalAdvance(per_cent) - 8)
            bar = QRect(rect.left(), rect.bottom() - self.BAR_HEIGHT + 1, rect.width(), self.BAR_HEIGHT)
            track = palette.color(text_role)
            track.setAlphaF(0.12)
            painter.fillRect(bar, track)
            bar.setWidth(round(bar.width() * probability))
            painter.fillRect(bar, text_colour if selected else palette.color(QPalette.ColorRole.Highlight))
        name = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()


class ClassView(QListView):
    """The list itself. Left and right belong to the pictures, so it leaves them to the window."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go up and down; let left and right pass."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
        else:
            super().keyPressEvent(event)


class ClassPanel(QWidget):
    """Class list and search box."""

    class_chosen = Signal(int)
    """A class index, chosen by the user."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes = ClassList(self)
        self.view = ClassView(self)
        self.view.setModel(self.classes)
        self.view.setItemDelegate(ClassDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setFrameShape(QListView.Shape.NoFrame)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName(self.tr("Classes, the most probable first"))
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search a class"))
        self.search.setAccessibleName(self.tr("Search a class"))
        self.search.setClearButtonEnabled(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(6)
        search_row = QVBoxLayout()
        search_row.setContentsMargins(8, 0, 8, 0)
        search_row.addWidget(self.search)
        layout.addLayout(search_row)
        layout.addWidget(self.view)
        self._explained: int | None = None
        self._probabilities: NDArray[np.float32] | None = None
        self._following = False
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._choose_first)
        # Not `currentChanged`: a view that gets the focus makes its first row current, which is no choice.
        self.view.selectionModel().selectionChanged.connect(self._choose)

    def set_classes(self, names: Sequence[str]) -> None:
        """Take the classes of another model."""
        self._explained = self._probabilities = None
        self._change(lambda: self.classes.set_classes(names))

    def show_explanation(self, explanation: Explanation) -> None:
        """Show the probabilities and mark the class explained; of the same picture, the order stays."""
        self._explained = explanation.classes[0]
        if explanation.probabilities is self._probabilities:
            self._change(lambda: None)
            return
        self._probabilities = explanation.probabilities
        self._change(lambda: self.classes.set_probabilities(explanation.probabilities))
        self.view.scrollToTop()

    def clear_probabilities(self) -> None:
        """Show that nothing is explained at the moment."""
        self._explained = self._probabilities = None
        self._change(lambda: self.classes.set_probabilities(None))

    def _search(self, text: str) -> None:
        self._change(lambda: self.classes.set_search(text))

    def _change(self, change: Callable[[], None]) -> None:
        """Change the list and mark the explained class in it, which is not a choice of the user."""
        self._following = True
        try:
            change()
            row = None if self._explained is None else self.classes.row_of(self._explained)
            if row is None:
                self.view.selectionModel().clear()
            else:
                self.view.setCurrentIndex(self.classes.index(row, 0))
        finally:
            self._following = False

    def _choose(self) -> None:
        selected = self.view.selectionModel().selectedIndexes()
        if selected and not self._following:
            self.class_chosen.emit(selected[0].data(CLASS_ROLE))

    def _choose_first(self) -> None:
        if self.classes.rowCount():
            self.view.setCurrentIndex(self.classes.index(0, 0))
            self.view.setFocus()
