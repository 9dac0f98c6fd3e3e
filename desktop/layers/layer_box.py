"""The list of layers in the toolbar: it is filled when somebody looks at it, since listing takes a while."""

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
    """Shows the layer that is explained; opened or focused for the first time, it asks for the others."""

    list_asked = Signal()
    layer_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layer = ""
        self._is_listed = False
        self._opens_when_listed = False
        self.setAccessibleName(self.tr("Layer"))
        self.setToolTip(self.tr("The layer that is explained (L)"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)
        self.setEnabled(False)
        self.activated.connect(self._choose)

    def set_layer(self, layer: str) -> None:
        """Show the layer of a model that has just been opened."""
        self._is_listed = self._opens_when_listed = False
        self._layer = layer
        self.clear()
        self.addItem(layer, layer)
        self.setEnabled(True)

    def show_layers(self, choices: Sequence[LayerChoice]) -> None:
        """List these, the last to be computed first; what was waiting for the list is shown it."""
        with QSignalBlocker(self):
            self.clear()
            for place, choice in reversed(list(enumerate(choices, start=1))):
                height, width = choice.size
                self.addItem(f"{place}  {choice.op_type}  {width} × {height}", choice.name)
                words = self.tr("{name}: {channels} channels").format(
                    name=choice.name, channels=number(choice.channels)
                )
                if not choice.is_cut:
                    words += "\n" + self.tr("A branch: what takes other ways is not seen")
                self.setItemData(self.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
        self._is_listed = True
        self.mark(self._layer)
        if self._opens_when_listed:
            self._opens_when_listed = False
            self.showPopup()

    def mark(self, layer: str) -> None:
        """Show which layer is explained."""
        self._layer = layer
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(layer))

    def listing_failed(self) -> None:
        """Go back to the layer that is explained: there was no way to the list, or to the one chosen."""
        self._opens_when_listed = False
        self.mark(self._layer)

    def showPopup(self) -> None:
        """Show the list, as soon as there is one."""
        if self._is_listed:
            self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
            super().showPopup()
        else:
            self._opens_when_listed = True
            self.list_asked.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Ask for the list, for the arrow keys to go through."""
        super().focusInEvent(event)
        if not self._is_listed and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.list_asked.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show the list; without it, Qt would wait for the release that closes an empty one."""
        if self._is_listed:
            super().mousePressEvent(event)
        else:
            self.showPopup()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """As Qt does it, but that of a name too long for the toolbar both ends are seen: Qt cuts it off."""
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
