"""Panel of classes with search; selecting a class explains it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from whylight.answers import NO_SHARES

from ..session.question import Question, RegionKind
from ..widgets.row_view import RowView
from .class_list import CLASS_ROLE, ClassDelegate, ClassList
from .question_bar import QuestionBar

if TYPE_CHECKING:
    from whylight.explanation import Explanation


class ClassPanel(QWidget):
    """Class list and search box."""

    question_asked = Signal(Question)
    """The question about the selected class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes = ClassList(self)
        self.view = RowView(self)
        self.view.setModel(self.classes)
        self.view.setItemDelegate(ClassDelegate(self.view))
        self.view.setMouseTracking(True)
        self.view.setAccessibleName(self.tr("Classes, the most probable first"))
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search a class"))
        self.search.setAccessibleName(self.tr("Search a class"))
        self.search.setClearButtonEnabled(True)
        self.question_bar = QuestionBar(self)
        self._layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(6)
        search_row = QVBoxLayout()
        search_row.setContentsMargins(8, 0, 8, 0)
        search_row.addWidget(self.search)
        layout.addLayout(search_row)
        layout.addWidget(self.view)
        layout.addWidget(self.question_bar)
        self._explained: int | None = None
        self._probabilities: NDArray[np.float32] | None = None
        self._following = False
        self.question_bar.asked.connect(self.question_asked)
        self.search.textChanged.connect(self._search)
        self.search.returnPressed.connect(self._choose_first)
        # Not `currentChanged`, which is also emitted when the view gets the focus.
        self.view.selectionModel().selectionChanged.connect(self._choose)

    def add_title(self, title: QWidget) -> None:
        """Put a title above the search."""
        self._layout.insertWidget(0, title)

    def set_classes(
        self, names: Sequence[str], further_names: Sequence[str] = (), answers: str = "softmax"
    ) -> None:
        """Set the classes of a model, with further names by which they are found."""
        self._explained = self._probabilities = None
        with QSignalBlocker(self.search):
            self.search.clear()
        self.classes.set_search("")
        words = self.tr("Search an answer") if answers in NO_SHARES else self.tr("Search a class")
        if self.search.accessibleName() == self.search.placeholderText():  # a second model's has another
            self.search.setAccessibleName(words)
        self.search.setPlaceholderText(words)
        self.question_bar.set_classes(names)
        self._change(lambda: self.classes.set_classes(names, further_names, answers))

    def show_explanation(
        self,
        explanation: Explanation,
        question: Question,
        *,
        class_specific: bool = True,
        label: int | None = None,
        asked_answers: NDArray[np.float32] | None = None,
    ) -> None:
        """Show the probabilities and mark the explained class.

        Of a letter the answers at its place are shown. The order is kept while the image or letter stays the
        same. `asked_answers`, float32 `[K]`, are those at the box or region in question, by which classes to
        compare with are sorted.
        """
        self._explained = question.class_index
        answers = explanation.probabilities if asked_answers is None else asked_answers
        self.question_bar.show_question(question, answers, class_specific=class_specific, label=label)
        is_letter = question.region is not None and question.region.kind is RegionKind.LETTER
        listed = answers if is_letter else explanation.probabilities
        if self._probabilities is not None and np.array_equal(listed, self._probabilities):
            self._change(lambda: None)
            return
        self._probabilities = listed
        self._change(lambda: self.classes.set_probabilities(listed))
        self.view.scrollToTop()

    def show_covered(
        self, answers: NDArray[np.float32] | None, before: NDArray[np.float32] | None = None
    ) -> None:
        """Show answers float32 `[K]` for the covered image; None restores the others.

        `before`: those for the image as it is, if they are not its probabilities.
        """
        self.classes.set_covered(answers, before)

    def clear_probabilities(self) -> None:
        """Show that no image is explained."""
        self._explained = self._probabilities = None
        self.question_bar.clear()
        self._change(lambda: self.classes.set_probabilities(None))

    def _search(self, text: str) -> None:
        self._change(lambda: self.classes.set_search(text))

    def _change(self, change: Callable[[], None]) -> None:
        """Change the list and reselect the explained class without emitting a question."""
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
            self.question_asked.emit(Question(selected[0].data(CLASS_ROLE)))

    def _choose_first(self) -> None:
        if self.classes.rowCount():
            self.view.setCurrentIndex(self.classes.index(0, 0))
            self.view.setFocus()
