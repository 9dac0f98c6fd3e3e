"""Icons drawn in the palette's text colour, without an icon theme."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPalette, QPen, QPixmap

GRID = 20
"""Size of the icons in units of the drawings below."""

Line = Sequence[tuple[float, float]]

DRAWINGS: dict[str, Sequence[Line]] = {
    "folder": [[(2.5, 16), (2.5, 4.5), (7.5, 4.5), (9.5, 6.5), (17.5, 6.5), (17.5, 16), (2.5, 16)]],
    "model": [
        [(5, 5), (10, 10), (15, 5)],
        [(5, 15), (10, 10), (15, 15)],
        [(3.5, 3.5), (6.5, 3.5), (6.5, 6.5), (3.5, 6.5), (3.5, 3.5)],
        [(13.5, 3.5), (16.5, 3.5), (16.5, 6.5), (13.5, 6.5), (13.5, 3.5)],
        [(3.5, 13.5), (6.5, 13.5), (6.5, 16.5), (3.5, 16.5), (3.5, 13.5)],
        [(13.5, 13.5), (16.5, 13.5), (16.5, 16.5), (13.5, 16.5), (13.5, 13.5)],
    ],
    "pause": [[(7, 4.5), (7, 15.5)], [(13, 4.5), (13, 15.5)]],
    "play": [[(6.5, 4), (15.5, 10), (6.5, 16), (6.5, 4)]],
    "copy": [
        [(7, 7), (16.5, 7), (16.5, 16.5), (7, 16.5), (7, 7)],
        [(13, 7), (13, 3.5), (3.5, 3.5), (3.5, 13), (7, 13)],
    ],
    "save": [
        [(10, 3), (10, 12.5)],
        [(6, 9), (10, 13), (14, 9)],
        [(3, 13.5), (3, 16.5), (17, 16.5), (17, 13.5)],
    ],
    "report": [
        [(4.5, 2.5), (12, 2.5), (15.5, 6), (15.5, 17.5), (4.5, 17.5), (4.5, 2.5)],
        [(7, 8), (13, 8)],
        [(7, 11), (13, 11)],
        [(7, 14), (11, 14)],
    ],
    "recent": [
        [
            (10, 2.5),
            (15.3, 4.7),
            (17.5, 10),
            (15.3, 15.3),
            (10, 17.5),
            (4.7, 15.3),
            (2.5, 10),
            (4.7, 4.7),
            (10, 2.5),
        ],
        [(10, 6), (10, 10), (13, 12)],
    ],
    "brush": [
        [(16.5, 3.5), (9, 11)],
        [(9, 11), (6, 12), (5, 15.5), (3, 17), (7.5, 17), (10, 15), (10.5, 12.5), (9, 11)],
    ],
    "second": [
        [(3, 3.5), (17, 3.5), (17, 9), (3, 9), (3, 3.5)],
        [(3, 11.5), (17, 11.5), (17, 17), (3, 17), (3, 11.5)],
    ],
    "about": [
        [
            (10, 2.5),
            (15.3, 4.7),
            (17.5, 10),
            (15.3, 15.3),
            (10, 17.5),
            (4.7, 15.3),
            (2.5, 10),
            (4.7, 4.7),
            (10, 2.5),
        ],
        [(10, 9), (10, 13.5)],
        [(10, 6.2), (10, 6.4)],
    ],
    "close": [[(6, 6), (14, 14)], [(14, 6), (6, 14)]],
    "keys": [
        [(2.5, 5), (17.5, 5), (17.5, 15), (2.5, 15), (2.5, 5)],
        [(5.5, 8), (6.5, 8)],
        [(9.5, 8), (10.5, 8)],
        [(13.5, 8), (14.5, 8)],
        [(6.5, 12), (13.5, 12)],
    ],
}


def icon(name: str, palette: QPalette) -> QIcon:
    """Return an icon of `DRAWINGS` in the palette's text colour, dimmed if disabled."""
    drawn = QIcon()
    for mode, group in (
        (QIcon.Mode.Normal, QPalette.ColorGroup.Active),
        (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled),
    ):
        colour = palette.color(group, QPalette.ColorRole.ButtonText)
        for scale in (1, 2, 3):
            drawn.addPixmap(_pixmap(DRAWINGS[name], colour, scale), mode)
    return drawn


def _pixmap(lines: Sequence[Line], colour: QColor, scale: int) -> QPixmap:
    pixmap = QPixmap(QSize(GRID, GRID) * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    for line in lines:
        path = QPainterPath(QPointF(*line[0]))
        for point in line[1:]:
            path.lineTo(QPointF(*point))
        painter.drawPath(path)
    painter.end()
    return pixmap


def find_app_icon() -> Path:
    """Return the file of the window's icon; raises `WhylightError` if missing."""
    from whylight.bundled import asset

    return asset("icon/icon.svg")
