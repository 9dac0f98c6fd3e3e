"""The panels, and where each lies in their widget."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QRectF

MARGIN = 14
GAP = 10
CAPTION_HEIGHT = 26
FOOTER_HEIGHT = 56
"""Room under each panel, where the heatmap has its colour bar."""


class Panel(IntEnum):
    """The panels, from left to right."""

    IMAGE = 0
    HEATMAP = 1
    OVERLAY = 2


def panel_rects(widget: QRectF, shown: Sequence[Panel]) -> dict[Panel, QRectF]:
    """Return where each panel on show lies in the widget, without caption and footer."""
    area = widget.adjusted(MARGIN, CAPTION_HEIGHT, -MARGIN, -FOOTER_HEIGHT)
    width = (area.width() - GAP * (len(shown) - 1)) / len(shown)
    return {
        panel: QRectF(area.left() + place * (width + GAP), area.top(), width, area.height())
        for place, panel in enumerate(shown)
    }
