"""List of layers in the toolbar, filled on demand since listing is slow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from ..common.number_format import number
from ..widgets.short_combo_box import SHORT_ROLE, ShortComboBox

if TYPE_CHECKING:
    from whylight.layers.retarget import LayerChoice


class LayerBox(ShortComboBox):
    """Shows the explained layer; requests the others when opened or focused."""

    list_asked = Signal()
    layer_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, length=4, elide=Qt.TextElideMode.ElideMiddle)
        self._layer = self._own_layer = ""
        self._is_listed = False
        self._opens_when_listed = False
        self.setAccessibleName(self.tr("Layer"))
        self.setToolTip(self.tr("Explained layer (L)"))
        self.setEnabled(False)
        self.activated.connect(self._choose)

    def set_layer(self, layer: str, own_layer: str, *, fixed: bool = False) -> None:
        """Show the layer of a newly opened model, whose own one is recommended.

        `fixed`: the model has no gradients, so no other layer can be explained.
        """
        self._own_layer = own_layer
        self._is_listed = self._opens_when_listed = False
        self._layer = layer
        self.clear()
        words = self.tr("none: the image itself is covered") if fixed else self._marked(layer, layer)
        self.addItem(words, layer)
        self.setItemData(0, words if fixed else layer, SHORT_ROLE)
        self.setEnabled(not fixed)

    def show_layers(self, choices: Sequence[LayerChoice]) -> None:
        """List layers, deepest first, and open a pending popup."""
        with QSignalBlocker(self):
            self.clear()
            for place, choice in reversed(list(enumerate(choices, start=1))):
                height, width = choice.size
                words = f"{place}  {choice.op_type}  {width} × {height}"
                self.addItem(self._marked(words, choice.name), choice.name)
                # As before the layers were listed, so that the box says the same.
                self.setItemData(self.count() - 1, choice.name, SHORT_ROLE)
                words = self.tr("{name}: {channels} channels").format(
                    name=choice.name, channels=number(choice.channels)
                )
                if not choice.is_cut:
                    words += "\n" + self.tr("Covers only part of the network")
                if choice.name == self._own_layer:
                    words += "\n" + self.tr("The model's own layer, the safest choice.")
                elif place <= len(choices) // 2:
                    words += "\n" + self.tr("An early layer: it sees edges and textures more than things.")
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

    def _marked(self, words: str, layer: str) -> str:
        """Return an item's text, with a mark at the recommended layer."""
        return self.tr("{layer} (recommended)").format(layer=words) if layer == self._own_layer else words

    def _choose(self) -> None:
        layer = self.currentData()
        if layer != self._layer:
            self.layer_chosen.emit(layer)
