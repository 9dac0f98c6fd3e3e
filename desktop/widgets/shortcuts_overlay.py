"""Overlay with the list of shortcuts, closed by any key or click."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMargins, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QAction, QFocusEvent, QHideEvent, QKeyEvent, QKeySequence, QMouseEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QStyle, QWidget

Table = tuple[str, Sequence[tuple[str, str]]]
"""A title, and keys with what they do."""

COLUMNS = 3
"""Columns of keys, if the window is wide enough."""

MARGIN = 8
"""Margin around the list in small windows."""


class ShortcutsOverlay(QFrame):
    """Lists the shortcuts of all actions; hidden by default."""

    def __init__(self, groups: Sequence[tuple[str, Sequence[QAction]]], parent: QWidget) -> None:
        """`groups` are actions with a title for each group."""
        super().__init__(parent)
        self._covered = parent
        self._focused: QWidget | None = None
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setForegroundRole(QPalette.ColorRole.Text)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Keys"))
        further = [
            (self.tr("Arrows"), self.tr("Previous and next image")),
            (self.tr("Space, backspace"), self.tr("Next image, previous image")),
            (self.tr("Home, end"), self.tr("First image, last image")),
            (self.tr("Shift + arrows"), self.tr("Mark a spot of the image")),
            (self.tr("Ctrl + arrows"), self.tr("Move the image")),
            (self.tr("Space"), self.tr("Brush the marked spot")),
            (self.tr("Wheel"), self.tr("Zoom at the cursor")),
            (self.tr("Drag"), self.tr("Move the image")),
            (self.tr("Double click"), self.tr("Fit the image")),
        ]
        tables = [(title, [_row(action) for action in actions]) for title, actions in groups]
        tables.append((self.tr("On the panels"), further))
        self._columns = QWidget(self)
        self._tables = tables
        self._labels: list[QLabel] = []
        self._layout = QHBoxLayout(self._columns)
        self._layout.setContentsMargins(16, 12, 16, 12)
        self._layout.setSpacing(18)
        self._fill(COLUMNS)
        rows = [row for _, part in tables for row in part]
        area = QScrollArea(self)  # for windows smaller than the list
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._columns)
        area.viewport().setBackgroundRole(QPalette.ColorRole.Base)
        self._columns.setBackgroundRole(QPalette.ColorRole.Base)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.setAccessibleDescription("; ".join(f"{key}: {text}" for key, text in rows))
        parent.installEventFilter(self)
        self.hide()

    def toggle(self) -> None:
        """Show or hide the overlay."""
        if self.isVisible():
            self.hide()
            return
        self._centre()
        self._focused = self.window().focusWidget()
        self.show()
        self.raise_()
        self.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay centred when the window is resized."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._centre()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Handle all keys, including shortcuts of the window."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, _following: bool) -> bool:
        """Close the overlay on Tab instead of moving the focus."""
        return False

    def keyPressEvent(self, _event: QKeyEvent) -> None:
        """Close the overlay."""
        self.hide()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close the overlay when it loses the focus."""
        super().focusOutEvent(event)
        self.hide()

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """Close the overlay."""
        self.hide()

    def hideEvent(self, event: QHideEvent) -> None:
        """Restore the previous focus."""
        super().hideEvent(event)
        window, focused = self.window(), self._focused
        self._focused = None
        if window.focusWidget() is self:
            (focused if focused is not None and focused.isVisible() else window).setFocus()

    def _bar_width(self) -> int:
        return self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)

    def _fill(self, columns: int) -> None:
        """Show the groups in so many columns."""
        for label in self._labels:
            self._layout.removeWidget(label)
            label.hide()  # it may be painted once more before it is deleted
            label.deleteLater()
        self._labels = []
        for part in _balanced(self._tables, columns):
            label = QLabel("".join(_table(title, rows) for title, rows in part), self._columns)
            label.setForegroundRole(QPalette.ColorRole.Text)
            self._layout.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
            label.show()
            self._labels.append(label)
        self._layout.activate()

    def _centre(self) -> None:
        frame = 2 * self.frameWidth()
        room = self._covered.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        for columns in range(COLUMNS, 0, -1):
            self._fill(columns)
            if self._columns.sizeHint().width() + frame + self._bar_width() <= room.width():
                break
        self._columns.resize(self._columns.sizeHint())
        bar = self._bar_width() if self._columns.sizeHint().height() + frame > room.height() else 0
        rect = QRect(QPoint(), self._columns.sizeHint().grownBy(QMargins(0, 0, frame + bar, frame)))
        rect.moveCenter(room.center())
        self.setGeometry(rect.intersected(room))


def _row(action: QAction) -> tuple[str, str]:
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), action.whatsThis()


def _balanced(tables: Sequence[Table], count: int) -> list[list[Table]]:
    """Divide tables into columns of about the same height, in their order."""
    lengths = [len(rows) + 2 for _, rows in tables]
    columns: list[list[Table]] = [[]]
    for table, length in zip(tables, lengths, strict=True):
        filled = sum(len(rows) + 2 for _, rows in columns[-1])
        if columns[-1] and filled + length / 2 > sum(lengths) / count and len(columns) < count:
            columns.append([])
        columns[-1].append(table)
    return columns


def _table(title: str, rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><td align='right' style='padding: 1px 10px 1px 0'><b>{html.escape(key)}</b></td>"
        f"<td style='padding: 1px 0'>{html.escape(text)}</td></tr>"
        for key, text in rows
    )
    return f"<p style='margin: 8px 0 2px 0'><b>{html.escape(title)}</b></p><table>{cells}</table>"
