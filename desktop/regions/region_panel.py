"""List of regions found or letters read, and further questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from ..common.number_format import percent
from ..common.qt_helpers import Index
from ..widgets.row_panel import RowPanel


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list."""

    name: str
    share: float
    """Of the image, or for a letter its score, 0..1."""
    colour: QColor | None = None
    """As on the image; None for none."""
    is_area: bool = True
    """Whether the share is of the image, and no answer."""


class RegionList(QAbstractListModel):
    """The classes found, the largest region first, or letters in reading order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return name and share, and the colour."""
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            words = self.tr("{name}, {share} of the image") if row.is_area else "{name}, {share}"
            return words.format(name=row.name, share=percent(row.share))
        if role == Qt.ItemDataRole.DecorationRole:
            return row.colour
        return None

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Set what is listed."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()


class RegionPanel(RowPanel):
    """Sentence and list of what was found; hidden for other models than segmenters."""

    row_chosen = Signal(int)
    """The row to explain."""
    why_not_asked = Signal()
    whole_asked = Signal()
    colours_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.regions = RegionList()
        super().__init__(self.regions, parent)
        self.regions.setParent(self)
        self.whole = QPushButton(self)
        self.whole.setAccessibleName(self.tr("All that was found of this class"))
        self.whole.setToolTip(self.tr("Explain the class wherever it was found, and not this region alone"))
        self.whole.hide()
        self.colours = QCheckBox(self.tr("Colours on the image"), self)
        self.colours.setChecked(True)
        self.below.addWidget(self.whole)
        self.below.addWidget(self.colours)
        self.set_line(is_line=False)
        self.colours.toggled.connect(self.colours_toggled)
        self.why_not.clicked.connect(self.why_not_asked)
        self.whole.clicked.connect(self.whole_asked)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """The controls in tab order."""
        return (self.view, self.why_not, self.whole, self.colours)

    def choose_row(self, row: int) -> None:
        """Ask about a row."""
        self.row_chosen.emit(row)

    def set_line(self, is_line: bool) -> None:
        """List letters of a line of text, in place of regions."""
        self.colours.setVisible(not is_line)
        self.view.setAccessibleName(
            self.tr("Letters that were read, in reading order")
            if is_line
            else self.tr("What was found, the largest region first")
        )

    def show_rows(self, summary: str, rows: Sequence[Row]) -> None:
        """Show a sentence and what was found."""
        if tuple(rows) != self.regions.rows:
            self.change(lambda: self.regions.set_rows(rows))
        self.summary.setText(summary)
        self.fit_height()

    def offer_questions(self, why_not: str | None, whole: str | None) -> None:
        """Offer further questions about classes of these names; None: do not.

        `why_not`: why a class is not found at the marked spot; `whole`: about all that was found of a class.
        """
        self.offer_why_not(why_not)
        self.offer(self.whole, None if whole is None else self.tr("All of {name}").format(name=whole))

    def clear(self) -> None:
        """Show that no image is explained."""
        self.change(lambda: self.regions.set_rows(()))
        self.summary.clear()
        self.offer_questions(None, None)
