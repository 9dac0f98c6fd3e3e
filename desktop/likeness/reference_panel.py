"""List of references, images and texts, and how to choose them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QIcon, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .comparing import Reference

THUMBNAIL = 40
"""Longest side of a reference's picture in the list, in device-independent pixels."""
MOST_ROWS = 4
"""Rows of the list that are seen without scrolling, if there are as many."""


class ReferencePanel(QWidget):
    """References of a model of embeddings; hidden for other models.

    Images can be dropped on it.
    """

    images_dropped = Signal(list)
    """Paths of images to compare with."""
    choosing_asked = Signal()
    texts_asked = Signal()
    removal_asked = Signal(int)
    reference_chosen = Signal(int)
    """The reference to ask about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.view = QListWidget(self)
        self.view.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        self.view.setFrameShape(QListWidget.Shape.NoFrame)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName(self.tr("What the images are compared with"))
        self.choose = QPushButton(self.tr("Image…"), self)
        self.choose.setToolTip(self.tr("Compare with an image"))
        self.choose.setAccessibleName(self.choose.toolTip())
        self.texts = QPushButton(self.tr("Texts…"), self)
        self.texts.setToolTip(self.tr("Compare with texts, by the text half of the model"))
        self.texts.setAccessibleName(self.texts.toolTip())
        self.remove = QPushButton(self.tr("Remove"), self)
        self.remove.setToolTip(self.tr("Compare with the marked image or text no longer"))
        self.remove.setAccessibleName(self.remove.toolTip())
        buttons = QHBoxLayout()
        buttons.setContentsMargins(8, 0, 8, 0)
        for button in (self.choose, self.texts, self.remove):
            buttons.addWidget(button)
        texts = QVBoxLayout()
        texts.setContentsMargins(8, 0, 8, 0)
        texts.addWidget(self.summary)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(texts)
        layout.addLayout(buttons)
        layout.addWidget(self.view, 1)
        self._spare = QWidget(self)
        layout.addWidget(self._spare, 1)
        self._following = False
        self.choose.clicked.connect(self.choosing_asked)
        self.texts.clicked.connect(self.texts_asked)
        self.remove.clicked.connect(self._remove)
        self.view.itemSelectionChanged.connect(self._choose)
        self.show_references(())
        self.hide()

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """The controls in tab order."""
        return (self.choose, self.texts, self.remove, self.view)

    def show_references(self, references: Sequence[Reference]) -> None:
        """List what the images are compared with."""
        self._following = True
        self.view.clear()
        for reference in references:
            item = QListWidgetItem(reference.name)
            item.setToolTip(reference.name)
            if reference.image is not None:
                smallest = reference.image.levels[-1]
                item.setIcon(QIcon(QPixmap.fromImage(smallest)))
            self.view.addItem(item)
        self._following = False
        if references:
            self.summary.setText(self.tr("Compared with:"))
        else:
            self.summary.setText(
                self.tr(
                    "This model has no classes: it compares. Drop an image here, or choose what to compare "
                    "with."
                )
            )
        self.view.setVisible(bool(references))
        self._spare.setVisible(not references)
        self.remove.setEnabled(bool(references))
        row = self.view.sizeHintForRow(0) if references else 0
        self.view.setMinimumHeight(min(len(references), MOST_ROWS) * row + 4 if references else 0)

    def mark(self, row: int | None) -> None:
        """Select the reference that is asked about, without asking about it."""
        self._following = True
        self.view.setCurrentRow(-1 if row is None else row)
        self._following = False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept images."""
        if images_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Compare with the dropped images."""
        paths = images_in(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.images_dropped.emit(paths)

    def _choose(self) -> None:
        row = self.view.currentRow()
        if row >= 0 and not self._following:
            self.reference_chosen.emit(row)

    def _remove(self) -> None:
        row = max(self.view.currentRow(), 0)
        if self.view.count():
            self.removal_asked.emit(row)


def images_in(mime: QMimeData) -> list[Path]:
    """Return the local image files of a drop."""
    from whylight.images.files import IMAGE_SUFFIXES

    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() in IMAGE_SUFFIXES]
