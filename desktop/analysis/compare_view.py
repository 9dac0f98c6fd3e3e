"""Maps of all methods beside each other; a click takes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..common.number_format import number

TILE = QSize(196, 148)
"""Room for a map, in device-independent pixels."""

SPACING = 8


class CompareView(QWidget):
    """A tile for each method: its overlay, its name, and how far it is."""

    chosen = Signal(str)
    """Name of the method whose tile was clicked."""
    stop_asked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Compare methods"))
        self.tiles: dict[str, QToolButton] = {}
        """The tiles, by the methods' names."""
        self._titles: dict[str, str] = {}
        self.words = QLabel(self)
        self.words.setWordWrap(True)
        self.stop = QPushButton(self.tr("Stop"), self)
        self.stop.setToolTip(self.tr("Do not wait for the slow methods"))
        self.back = QPushButton(self.tr("Back to one map"), self)
        self.stop.clicked.connect(self.stop_asked)
        self.back.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(self.words, 1)
        head.addWidget(self.stop)
        head.addWidget(self.back)
        self._inside = QWidget(self)
        self._grid = QGridLayout(self._inside)
        self._grid.setSpacing(SPACING)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 6, 14, 6)
        layout.addLayout(head)
        layout.addWidget(area, 1)
        self.hide()

    @property
    def stops(self) -> Sequence[QWidget]:
        """The controls in tab order."""
        return (self.stop, self.back, *self.tiles.values())

    def start(self, titles: Mapping[str, str], hints: Mapping[str, str], chosen: str, aspect: float) -> None:
        """Show an empty tile for each method.

        Args:
            titles: titles by the methods' names.
            hints: a line on each method.
            chosen: the method in use.
            aspect: height of the image by its width.
        """
        if list(titles) != list(self.tiles):
            for tile in self.tiles.values():
                tile.deleteLater()
            self.tiles = {name: self._tile(name) for name in titles}
            self._arrange()
        self._titles = dict(titles)
        room = QSize(TILE.width(), max(TILE.height() // 3, min(TILE.height(), round(aspect * TILE.width()))))
        for name, tile in self.tiles.items():
            tile.setIcon(QIcon())
            tile.setIconSize(room)
            tile.setFixedSize(room + QSize(12, 2 * self.fontMetrics().height() + 18))
            tile.setToolTip(hints[name])
            tile.setChecked(name == chosen)
            self._tell(name, self.tr("waiting"))
        self.words.setText(self.tr("The same question, answered by each method. Click one to use it."))
        self.stop.setEnabled(True)

    def show_progress(self, name: str, done: int, total: int) -> None:
        """Show how far a slow method is."""
        self._tell(name, self.tr("{done} of {total}").format(done=number(done), total=number(total)))

    def show_map(self, name: str, overlay: QImage, words: str) -> None:
        """Show a method's overlay; `words` say what it shows."""
        scaled = overlay.scaled(
            TILE * self.devicePixelRatioF(),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        pixmap = QPixmap.fromImage(scaled)
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self.tiles[name].setIcon(QIcon(pixmap))
        self._tell(name, words)

    def show_failure(self, name: str, reason: str) -> None:
        """Say why a method has no map."""
        self.tiles[name].setToolTip(reason)
        self._tell(name, self.tr("not possible here"))

    def end(self) -> None:
        """Show that nothing is being computed any more."""
        self.stop.setEnabled(False)
        for name, tile in self.tiles.items():
            if tile.icon().isNull() and tile.accessibleDescription() == self.tr("waiting"):
                self._tell(name, self.tr("stopped"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use as many columns as fit."""
        super().resizeEvent(event)
        self._arrange()

    def _tile(self, name: str) -> QToolButton:
        tile = QToolButton(self._inside)
        tile.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        tile.setCheckable(True)
        tile.setAutoRaise(True)
        tile.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        tile.clicked.connect(lambda: self.chosen.emit(name))
        return tile

    def _tell(self, name: str, words: str) -> None:
        tile, title = self.tiles[name], self._titles[name]
        room = TILE.width()
        lines = (
            self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, room) for line in (title, words)
        )
        tile.setText("\n".join(lines))
        tile.setAccessibleName(title)
        tile.setAccessibleDescription(words)

    def _arrange(self) -> None:
        width = TILE.width() + 12 + SPACING
        columns = max(1, (self.width() - 28) // width)
        for place, tile in enumerate(self.tiles.values()):
            self._grid.addWidget(tile, place // columns, place % columns)
