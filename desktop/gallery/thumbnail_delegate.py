"""Delegate that paints thumbnails with file names and badges.

The badge is the predicted class; if the folder is named after a class, a tick or cross shows whether they
agree.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ..common.qt_helpers import Index
from ..widgets.colours import is_dark
from .image_list import BADGE_ROLE, MARK_ROLE, PATH_ROLE, Badge
from .marks import Mark
from .thumbnail_loader import ThumbnailLoader

TILE = 104
"""Height and width of the thumbnail area, in device-independent pixels."""

PADDING = 6
RIGHT_COLOUR, WRONG_COLOUR = QColor(0x3A, 0x9A, 0x5B), QColor(0xD2, 0x4B, 0x3E)
ROUNDING = 4

MARK_COLOURS = {
    Mark.RIGHT: QColor(0x1F, 0x70, 0x3B),
    Mark.WRONG_LABEL: QColor(0xB3, 0x37, 0x2B),
    Mark.INTERESTING: QColor(0x2D, 0x5F, 0xA8),
}
"""Grounds of the marks' signs, which are white."""


def right_colour(palette: QPalette) -> QColor:
    """Return the colour of ticks, readable on lists."""
    return QColor(0x6F, 0xD3, 0x94) if is_dark(palette) else QColor(0x1F, 0x70, 0x3B)


def wrong_colour(palette: QPalette) -> QColor:
    """Return the colour of crosses, readable on lists."""
    return QColor(0xFF, 0x8F, 0x84) if is_dark(palette) else QColor(0xB3, 0x37, 0x2B)


class ThumbnailDelegate(QStyledItemDelegate):
    """Paints tiles from cached thumbnails, without requesting any."""

    def __init__(self, loader: ThumbnailLoader, parent: QWidget) -> None:
        super().__init__(parent)
        self._loader = loader

    def sizeHint(self, option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the size of every tile."""
        return QSize(TILE + 2 * PADDING, TILE + 2 * PADDING + 2 * option.fontMetrics.height() + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a tile."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = option.palette
        cell = option.rect.adjusted(2, 2, -2, -2)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if selected or hovered:
            role = QPalette.ColorRole.Highlight if selected else QPalette.ColorRole.AlternateBase
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(role))
            painter.drawRoundedRect(cell, ROUNDING, ROUNDING)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        text_role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        painter.setPen(palette.color(text_role))
        line_height = option.fontMetrics.height()
        image_rect = cell.adjusted(PADDING - 2, PADDING - 2, 2 - PADDING, -PADDING - 2 * line_height)
        self._paint_thumbnail(painter, image_rect, index, palette)
        given = index.data(MARK_ROLE)
        if given is not None:
            _paint_mark(painter, image_rect, given)
            painter.setPen(palette.color(text_role))
        name_rect = QRect(cell.left() + 4, cell.bottom() - 2 * line_height - 2, cell.width() - 8, line_height)
        name = option.fontMetrics.elidedText(index.data(), Qt.TextElideMode.ElideMiddle, name_rect.width())
        painter.drawText(name_rect, Qt.AlignmentFlag.AlignCenter, name)
        badge = index.data(BADGE_ROLE)
        if badge is not None:
            colour = palette.color(text_role if selected else QPalette.ColorRole.PlaceholderText)
            if badge.is_right is False:
                _paint_label(painter, image_rect, badge.label, palette)
            mark = colour if selected else (right_colour if badge.is_right else wrong_colour)(palette)
            _paint_badge(painter, name_rect.translated(0, line_height), badge, colour, mark)
        painter.restore()

    def _paint_thumbnail(self, painter: QPainter, rect: QRect, index: Index, palette: QPalette) -> None:
        thumbnail = self._loader.get(index.data(PATH_ROLE))
        if thumbnail is None:
            waiting = QRect(0, 0, rect.width() * 3 // 4, rect.height() * 9 // 16)
            waiting.moveCenter(rect.center())
            painter.fillRect(waiting, palette.color(QPalette.ColorRole.AlternateBase))
        elif thumbnail.pixmap is None:
            painter.drawRoundedRect(rect, ROUNDING, ROUNDING)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(rect.adjusted(3, 3, -3, -3), flags, thumbnail.problem)
        else:
            _paint_pixmap(painter, rect, thumbnail.pixmap)


def _paint_badge(painter: QPainter, rect: QRect, badge: Badge, colour: QColor, mark_colour: QColor) -> None:
    metrics = painter.fontMetrics()
    mark = "" if badge.is_right is None else ("✓ " if badge.is_right else "✗ ")
    mark_width = metrics.horizontalAdvance(mark)
    text = metrics.elidedText(badge.text, Qt.TextElideMode.ElideRight, rect.width() - mark_width)
    width = mark_width + metrics.horizontalAdvance(text)
    place = QRect(rect.left() + (rect.width() - width) // 2, rect.top(), mark_width, rect.height())
    vertical = Qt.AlignmentFlag.AlignVCenter
    painter.setPen(mark_colour)
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | vertical, mark)
    painter.setPen(colour)
    painter.drawText(QRect(place.right() + 1, rect.top(), rect.right(), rect.height()), vertical, text)


def _paint_label(painter: QPainter, rect: QRect, label: str, palette: QPalette) -> None:
    """Paint what a mistake should have been across the foot of its thumbnail."""
    metrics = painter.fontMetrics()
    band = QRect(rect.left(), rect.bottom() - metrics.height(), rect.width(), metrics.height())
    painter.fillRect(band, palette.color(QPalette.ColorRole.Base))
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    text = metrics.elidedText(label, Qt.TextElideMode.ElideRight, band.width())
    painter.drawText(band, Qt.AlignmentFlag.AlignCenter, text)


def _paint_mark(painter: QPainter, rect: QRect, mark: Mark) -> None:
    """Paint the sign of the user's mark in the upper right corner."""
    side = painter.fontMetrics().height() + 2
    disc = QRect(rect.right() - side, rect.top() + 1, side, side)
    painter.setPen(QColor(Qt.GlobalColor.white))
    painter.setBrush(MARK_COLOURS[mark])
    painter.drawEllipse(disc)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, mark.sign)


def _paint_pixmap(painter: QPainter, rect: QRect, pixmap: QPixmap) -> None:
    """Paint a pixmap centred in `rect`, downscaled if necessary."""
    size = pixmap.size() / painter.device().devicePixelRatioF()
    room = QSize(min(TILE, rect.width()), rect.height())
    if size.width() > room.width() or size.height() > room.height():
        size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
    target = QRect(QPoint(0, 0), size)
    target.moveCenter(rect.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(target, pixmap)
