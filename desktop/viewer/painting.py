"""Painting of captions, colour bar and marked spot."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetricsF, QPainter, QPalette, QPen, QPixmap

from whylight.answers import NO_SHARES

from ..common.number_format import written
from ..session.color_scale import Scale, strongest_colour
from ..session.rendering import BrushDisc, RenderedMaps
from .zoom import Zoom

SPOT_RADIUS = 7.0
BAR_HEIGHT = 8.0
BAR_DISTANCE = 8.0
SMALLEST = 0.8
"""Size of letters of a caption that would not fit otherwise, as a part of the usual size."""


def draw_caption(painter: QPainter, rect: QRectF, palette: QPalette, text: str) -> None:
    """Draw a panel's name above it."""
    painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
    elided = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideMiddle, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)


def draw_notice(painter: QPainter, rect: QRectF, palette: QPalette, title: str, text: str) -> None:
    """Draw a title and a text in the centre of `rect`."""
    width = min(rect.width() - 40, 520)
    centred = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
    font = painter.font()
    large = QFont(font)
    large.setPointSizeF(font.pointSizeF() * 1.35)
    room = QRectF(0, 0, width, 10_000)
    title_rect = QFontMetricsF(large).boundingRect(room, int(centred), title)
    text_rect = QFontMetricsF(font).boundingRect(room, int(centred), text)
    left = rect.center().x() - width / 2
    top = rect.center().y() - (title_rect.height() + 8 + text_rect.height()) / 2
    painter.setFont(large)
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    painter.drawText(QRectF(left, top, width, title_rect.height()), centred, title)
    painter.setFont(font)
    painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
    top += title_rect.height() + 8
    painter.drawText(QRectF(left, top, width, text_rect.height()), centred, text)


def draw_spot(painter: QPainter, point: QPointF) -> None:
    """Draw a ring in dark and light, visible on any image."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((Qt.GlobalColor.black, 3.0), (Qt.GlobalColor.white, 1.4)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(point, SPOT_RADIUS, SPOT_RADIUS)
    painter.restore()


def draw_covered(painter: QPainter, spots: Sequence[BrushDisc], zoom: Zoom, origin: QPointF) -> None:
    """Draw covered discs in grey, in a panel with top left corner `origin`."""
    if not spots:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(128, 128, 128))
    for spot in spots:
        radius = spot.radius * zoom.scale
        painter.drawEllipse(origin + zoom.to_panel(spot.centre), radius, radius)
    painter.restore()


def draw_value(painter: QPainter, point: QPointF, bounds: QRectF, palette: QPalette, text: str) -> None:
    """Draw a value next to a point, on the side with room in `bounds`."""
    metrics = QFontMetricsF(painter.font())
    width, height = metrics.horizontalAdvance(text) + 12, metrics.height() + 4
    left, top = point.x() + SPOT_RADIUS + 4, point.y() - height - 4
    if left + width > bounds.right():
        left = point.x() - SPOT_RADIUS - 4 - width
    rect = QRectF(left, max(top, bounds.top()), width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(QPalette.ColorRole.ToolTipBase))
    painter.drawRoundedRect(rect, 4, 4)
    painter.setPen(palette.color(QPalette.ColorRole.ToolTipText))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def draw_colour_bar(
    painter: QPainter,
    rect: QRectF,
    palette: QPalette,
    drawing: RenderedMaps,
    shown: str,
    evidence: float | None,
) -> None:
    """Draw the colour bar, the name of its scale, and the value at the cursor.

    `shown` says what the map shows: `evidence for sunflower`.
    """
    bar = QRectF(rect.left(), rect.top() + BAR_DISTANCE, rect.width(), BAR_HEIGHT)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(bar, QPixmap.fromImage(drawing.colour_bar), QRectF(drawing.colour_bar.rect()))
    text_rect = QRectF(rect.left(), bar.bottom() + 2, rect.width(), rect.bottom() - bar.bottom() - 2)
    painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
    top = Qt.AlignmentFlag.AlignTop
    if drawing.peak <= 0:
        nothing = QCoreApplication.translate("PanelsView", "this method finds no {evidence} at this layer")
        if drawing.is_equal:
            nothing = QCoreApplication.translate("PanelsView", "the model cannot tell the two apart")
        words, font = nothing.format(evidence=shown), painter.font()
        flags = Qt.AlignmentFlag.AlignHCenter | top | Qt.TextFlag.TextWordWrap
        if painter.boundingRect(text_rect, flags, words).height() > text_rect.height():
            painter.setFont(
                font_that_fits(font, words, SMALLEST * QFontMetricsF(font).horizontalAdvance(words))
            )
        painter.drawText(text_rect, flags, words)
        painter.setFont(font)
        return
    painter.drawText(text_rect, Qt.AlignmentFlag.AlignLeft | top, "0")
    end = "1" if drawing.scale in (Scale.ITSELF, None) else written(f"{drawing.strongest:.2g}")
    painter.drawText(text_rect, Qt.AlignmentFlag.AlignRight | top, end)
    metrics = QFontMetricsF(painter.font())
    between_ends = metrics.horizontalAdvance(end) + 6
    first_rect = text_rect.adjusted(between_ends, 0, -between_ends, 0)
    meaning = shown
    if not drawing.class_specific:
        meaning = QCoreApplication.translate("PanelsView", "what the network reacts to, whatever the class")
    _draw_elided(painter, first_rect, meaning)
    text_rect.setTop(text_rect.top() + metrics.height())
    _draw_elided(
        painter, text_rect, _scale_words(drawing).format(colour=strongest_colour(drawing.colour_map))
    )
    if evidence is not None:
        _draw_bar_mark(painter, bar, palette.color(QPalette.ColorRole.Text), evidence)


def _scale_words(drawing: RenderedMaps) -> str:
    if drawing.scale is Scale.CLASSES and drawing.question.is_likeness:
        return QCoreApplication.translate("PanelsView", "{colour}: strongest of the references")
    if drawing.scale is Scale.CLASSES and drawing.answers_kind in NO_SHARES:
        return QCoreApplication.translate("PanelsView", "{colour}: strongest of the largest answers")
    return {
        None: QCoreApplication.translate(
            "PanelsView", "{colour}: strongest in this map (this method has no fixed scale)"
        ),
        Scale.ITSELF: QCoreApplication.translate("PanelsView", "{colour}: strongest in this map"),
        Scale.CLASSES: QCoreApplication.translate("PanelsView", "{colour}: strongest of the likely classes"),
        Scale.FOLDER: QCoreApplication.translate(
            "PanelsView", "{colour}: strongest in the images seen so far"
        ),
        Scale.ABSOLUTE: QCoreApplication.translate("PanelsView", "{colour}: a fixed amount, in logits"),
    }[drawing.scale]


def _draw_elided(painter: QPainter, rect: QRectF, text: str) -> None:
    """Draw a line of text, in smaller letters if too long, else elided."""
    font = painter.font()
    fitted = font_that_fits(font, text, rect.width())
    painter.setFont(fitted)
    elided = QFontMetricsF(fitted).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, elided)
    painter.setFont(font)


def font_that_fits(font: QFont, text: str, width: float) -> QFont:
    """Return a font in which a text is at most `width` wide.

    It is at least `SMALLEST` times as large as `font`, and the text wider if need be.
    """
    needed = QFontMetricsF(font).horizontalAdvance(text)
    if needed <= width:
        return font
    fitted = QFont(font)
    share = max(SMALLEST, 0.99 * width / needed)  # widths are not quite in proportion to sizes
    fitted.setPixelSize(max(1, math.floor(share * QFontInfo(font).pixelSize())))
    return fitted


def _draw_bar_mark(painter: QPainter, bar: QRectF, colour: QColor, evidence: float) -> None:
    x = bar.left() + evidence * bar.width()
    painter.setPen(QPen(colour, 2))
    painter.drawLine(QPointF(x, bar.top() - 3), QPointF(x, bar.bottom() + 3))
