"""List box whose entries may say more than the closed box shows."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

SHORT_ROLE = Qt.ItemDataRole.UserRole + 1
"""Text of an entry in the closed box; without it, its whole text."""


class ShortComboBox(QComboBox):
    """Shows a short text when closed, elided; the popup is wide enough."""

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        length: int = 12,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        """Show at least `length` characters when closed, and elide the others."""
        super().__init__(parent)
        self._elide = elide
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(length)

    def showPopup(self) -> None:
        """Show the list, as wide as its longest entry."""
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        super().showPopup()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint like Qt, but the short text, and elided."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        margin = self.style().pixelMetric(QStyle.PixelMetric.PM_ButtonMargin, option, self) // 2
        text = self.currentData(SHORT_ROLE) or option.currentText
        option.currentText = self.fontMetrics().elidedText(text, self._elide, room.width() - margin)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
