"""List of layers in the toolbar, filled on demand since listing is slow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from ..common.number_format import number

if TYPE_CHECKING:
    from whylight.layers.retarget import LayerChoice


class LayerBox(QComboBox):
    """Shows the explained layer; requests the others when opened or focused."""

    list_asked = Signal()
    layer_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer = ""
        self._is_listed = False
        self._opens_when_listed = False
        self.setAccessibleName(self.tr("Layer"))
        self.setToolTip(self.tr("Explained layer (L)"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.setEnabled(False)
        self.activated.connect(self._choose)

    def set_layer(self, layer: str) -> None:
        """Show the layer of a newly opened model."""
        self._is_listed = self._opens_when_listed = False
        self._layer = layer
        self.clear()
        self.addItem(layer, layer)
        self.setEnabled(True)

    def show_layers(self, choices: Sequence[LayerChoice]) -> None:
        """List layers, deepest first, and open a pending popup."""
        with QSignalBlocker(self):
            self.clear()
            for place, choice in reversed(list(enumerate(choices, start=1))):
                height, width = choice.size
                self.addItem(f"{place}  {choice.op_type}  {width} × {height}", choice.name)
                words = self.tr("{name}: {channels} channels").format(
                    name=choice.name, channels=number(choice.channels)
                )
                if not choice.is_cut:
                    words += "\n" + self.tr("One branch of several: the others are not explained")
                self.setItemData(self.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
        self._is_listed = True
        self.mark(self._layer)
        if self._opens_when_listed:
            self._opens_when_listed = False
            self.showPopup()

    def mark(self, layer: str) -> None:
        """Show the explained layer."""
        self._layer = layer
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(layer))

    def listing_failed(self) -> None:
        """Go back to the explained layer after a failure."""
        self._opens_when_listed = False
        self.mark(self._layer)

    def showPopup(self) -> None:
        """Show the list as soon as it is available."""
        if self._is_listed:
            self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
            super().showPopup()
        else:
            self._opens_when_listed = True
            self.list_asked.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Request the list, so that the arrow keys work."""
        super().focusInEvent(event)
        if not self._is_listed and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.list_asked.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show the list; without it, releasing the button would close an empty popup."""
        if self._is_listed:
            super().mousePressEvent(event)
        else:
            self.showPopup()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint like Qt, but elide long names in the middle."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        margin = self.style().pixelMetric(QStyle.PixelMetric.PM_ButtonMargin, option, self) // 2
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideMiddle, room.width() - margin
        )
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def _choose(self) -> None:
        layer = self.currentData()
        if layer != self._layer:
            self.layer_chosen.emit(layer)
