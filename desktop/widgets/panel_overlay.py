"""Labels, spots and lines that features paint on the panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from ..common.panel import Panel

CASING, LINE = QColor(0, 0, 0), QColor(255, 255, 255)
"""Colours of lines: white in black is seen on any image and on any colour map."""
LABEL, LABEL_TEXT = QColor(0, 0, 0, 200), QColor(255, 255, 255)
"""Colours of labels, the same on light and dark windows, since they lie on an image."""
PIN_RADIUS = 6.0


class ShownImage(Protocol):
    """An image on the panels."""

    @property
    def pixels(self) -> Any:
        """uint8 `[H, W, 3]`."""

    @property
    def levels(self) -> Sequence[QImage]:
        """The levels that are shown, the largest first."""


class Zoomed(Protocol):
    """From pixels of the image shown to those of a panel."""

    def to_panel(self, spot: QPointF) -> QPointF:
        """Convert a point."""

    def image_rect(self) -> QRectF:
        """Return the rectangle of the image in a panel."""


class Panels(Protocol):
    """Panels that boxes are painted on."""

    @property
    def image(self) -> ShownImage | None:
        """The image shown."""

    @property
    def zoom(self) -> Zoomed:
        """The common zoom of the panels."""

    def panel_rects(self) -> dict[Panel, QRectF]:
        """Return the rectangle of each visible panel."""

    def add_painter(self, paint: Callable[[QPainter, Panel, QPointF], None]) -> None:
        """Paint on panels."""

    def update(self) -> None:
        """Paint again."""


def shown_share(panels: Panels) -> float:
    """Return the width of the panels' image as a fraction of the file's."""
    image = panels.image
    return 1.0 if image is None else image.levels[0].width() / int(image.pixels.shape[1])


def panel_rect(panels: Panels, origin: QPointF) -> QRectF:
    """Return the rectangle of a panel with top left corner `origin`."""
    return QRectF(origin, next(iter(panels.panel_rects().values())).size())


def visible_part(panels: Panels, origin: QPointF) -> QRectF:
    """Return the visible part of the image in a panel with top left corner `origin`."""
    panel = panel_rect(panels, origin)
    return panels.zoom.image_rect().translated(origin).intersected(panel)


def draw_label(
    painter: QPainter,
    rect: QRectF,
    text: str,
    bounds: QRectF,
    taken: list[QRectF],
    *,
    bold: bool,
    centred: bool = False,
) -> None:
    """Draw a label above, below or inside a box, where no other one is; add its place.

    It begins at the box's left edge, or is `centred` on it.

    Where there is no room, there is no label: the list has them all.
    """
    painter.save()
    font = painter.font()
    font.setBold(bold)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(bounds.width() - 8, 0))
    width, height = metrics.horizontalAdvance(text) + 8, metrics.height() + 2
    wanted = rect.center().x() - width / 2 if centred else rect.left()
    left = min(max(wanted, bounds.left()), max(bounds.right() - width, bounds.left()))
    for top in (rect.top() - height - 2, rect.bottom() + 2, rect.top() + 2, rect.bottom() - height - 2):
        place = QRectF(left, top, width, height)
        if bounds.contains(place) and not any(place.intersects(other) for other in taken):
            taken.append(place)
            painter.fillRect(place, LABEL)
            painter.setPen(LABEL_TEXT)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
            break
    painter.restore()


def draw_pin(painter: QPainter, point: QPointF) -> None:
    """Draw a cross in dark and light."""
    for colour, width in ((CASING, 4.0), (LINE, 2.0)):
        painter.setPen(QPen(colour, width))
        for across, down in ((PIN_RADIUS, 0.0), (0.0, PIN_RADIUS)):
            arm = QPointF(across, down)
            painter.drawLine(point - arm, point + arm)
