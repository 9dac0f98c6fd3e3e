"""Icons of Lucide (https://lucide.dev) in the palette's text colour.

The files and their licence are in `lucide/`. They are drawn by Qt's image plugin for SVG, at the sizes that
screens of 100, 200 and 300 % need.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QColor, QIcon, QImageReader, QPalette, QPixmap

GRID = 20
"""Size of the icons in device-independent pixels."""

STROKE = "1.75"
"""Width of the lines in units of the files, which are drawn on a grid of 24."""

LUCIDE = Path(__file__).parent / "lucide"
"""Folder of the icons."""

LICENCE = LUCIDE / "LICENSE.txt"

NAMES = {
    "folder": "folder-open",
    "model": "brain",
    "copy": "copy",
    "save": "image-down",
    "report": "file-text",
    "recent": "history",
    "brush": "paintbrush",
    "second": "rows-2",
    "compare": "layout-grid",
    "keys": "keyboard",
    "manual": "book-open",
    "about": "info",
    "close": "x",
    "pause": "pause",
    "play": "play",
}
"""Lucide's names of the icons."""


def icon(name: str, palette: QPalette) -> QIcon:
    """Return an icon of `NAMES` in the palette's text colour, dimmed if disabled."""
    text = (LUCIDE / f"{NAMES[name]}.svg").read_text(encoding="utf-8")
    drawn = QIcon()
    for mode, group in (
        (QIcon.Mode.Normal, QPalette.ColorGroup.Active),
        (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled),
    ):
        colour = palette.color(group, QPalette.ColorRole.ButtonText)
        for scale in (1, 2, 3):
            drawn.addPixmap(_pixmap(text, colour, scale), mode)
    return drawn


def _pixmap(text: str, colour: QColor, scale: int) -> QPixmap:
    coloured = text.replace("currentColor", colour.name())
    data = QByteArray(coloured.replace('stroke-width="2"', f'stroke-width="{STROKE}"').encode())
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"svg")
    reader.setScaledSize(QSize(GRID, GRID) * scale)
    pixmap = QPixmap.fromImage(reader.read())
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def find_app_icon() -> Path:
    """Return the file of the window's icon; raises `WhylightError` if missing."""
    from whylight.bundled import asset

    return asset("icon/icon.svg")
