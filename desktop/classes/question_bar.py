"""The current question and controls to ask another kind of question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ..session.question import Kind, Question


class QuestionBar(QWidget):
    """The question as text, its kind, and the class for contrasts."""

    asked = Signal(Question)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes: tuple[str, ...] = ()
        self._question: Question | None = None
        self.words = QLabel(self)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self._buttons = QButtonGroup(self)
        kinds = QHBoxLayout()
        kinds.setSpacing(2)
        self.kinds: dict[Kind, QToolButton] = {}
        for kind, text, tip in (
            (Kind.WHY, self.tr("Why?"), self.tr("What speaks for the class (W)")),
            (Kind.AGAINST, self.tr("Against?"), self.tr("What speaks against the class (A)")),
            (Kind.RATHER, self.tr("Rather than:"), self.tr("Why the class rather than this one (R)")),
        ):
            button = QToolButton(self)
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _, kind=kind: self.ask(kind))
            self._buttons.addButton(button)
            self.kinds[kind] = button
            kinds.addWidget(button)
        kinds.addStretch(1)
        self._others: list[int] = []
        self._names = QStringListModel(self)
        self.other = QComboBox(self)
        self.other.setModel(self._names)
        self.other.setAccessibleName(self.tr("The other class"))
        self.other.setToolTip(self.other.accessibleName())
        self.other.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.other.activated.connect(lambda _: self.ask(Kind.RATHER))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 8)
        layout.setSpacing(4)
        layout.addWidget(self.words)
        layout.addLayout(kinds)
        layout.addWidget(self.other)
        self.clear()

    def set_classes(self, classes: Sequence[str]) -> None:
        """Set the classes of a model."""
        self._classes = tuple(classes)
        self.clear()

    def show_question(
        self,
        question: Question,
        probabilities: NDArray[np.float32],
        *,
        class_specific: bool = True,
        label: int | None = None,
    ) -> None:
        """Show the question about an image with probabilities float32 `[K]`.

        The class of the image's folder, `label`, is the first to compare with, else the most probable.
        A method that is not `class_specific` shows the same map for every question, so none can be asked.
        """
        self._question = question
        self.words.setText(question.words(self._classes))
        self.kinds[question.kind].setChecked(True)
        others = [int(k) for k in np.argsort(-probabilities, kind="stable") if k != question.class_index]
        if label in others:
            others.remove(label)
            others.insert(0, label)
        self._show_others(others, label)
        self.other.setCurrentIndex(self._others.index(question.other) if question.other in others else 0)
        self._enable(class_specific)
        self.kinds[Kind.RATHER].setEnabled(class_specific and bool(others))
        if not class_specific:
            self.words.setText(self.tr("What does the network react to? The method knows no class."))

    def clear(self) -> None:
        """Show that no image is explained."""
        self._question = None
        self.words.clear()
        self._show_others([])
        self._enable(False)

    def ask(self, kind: Kind) -> None:
        """Ask another kind of question about the same class."""
        if self._question is None or not self.kinds[kind].isEnabled():
            return
        self.kinds[kind].setChecked(True)
        other = self._others[self.other.currentIndex()] if kind is Kind.RATHER else None
        self.asked.emit(replace(self._question, kind=kind, other=other))

    def _show_others(self, others: list[int], label: int | None = None) -> None:
        """Set the classes for contrasts as one model; adding single items is too slow."""
        self._others = others
        names = [self._classes[index] for index in others]
        if others and others[0] == label:
            names[0] = self.tr("{name} (folder)").format(name=names[0])
        self._names.setStringList(names)

    def _enable(self, enabled: bool) -> None:
        for button in self.kinds.values():
            button.setEnabled(enabled)
        self.other.setEnabled(enabled)
