"""Layout of the panels in the viewer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSizeF

from ..common.panel import Panel

MARGIN = 14
GAP = 10
CAPTION_HEIGHT = 26
FOOTER_HEIGHT = 56
"""Space below each panel, used for the colour bar."""


STACKING_GAIN = 1.35
"""Minimum enlargement of the image for which panels are stacked vertically."""


def panel_rects(widget: QRectF, shown: Sequence[Panel], image: QSizeF | None = None) -> dict[Panel, QRectF]:
    """Return the rectangle of each visible panel, without caption and footer.

    Panels are side by side, or stacked if this makes an image of the given size much larger.
    """
    beside = _side_by_side(widget, shown)
    if image is None or len(shown) == 1:
        return beside
    below = _below_each_other(widget, shown)
    first = shown[0]
    larger = _scale(image, below[first]) > STACKING_GAIN * _scale(image, beside[first])
    return below if larger else beside


def _side_by_side(widget: QRectF, shown: Sequence[Panel]) -> dict[Panel, QRectF]:
    area = widget.adjusted(MARGIN, CAPTION_HEIGHT, -MARGIN, -FOOTER_HEIGHT)
    width = (area.width() - GAP * (len(shown) - 1)) / len(shown)
    return {
        panel: QRectF(area.left() + place * (width + GAP), area.top(), width, area.height())
        for place, panel in enumerate(shown)
    }


def _below_each_other(widget: QRectF, shown: Sequence[Panel]) -> dict[Panel, QRectF]:
    area = widget.adjusted(MARGIN, 0, -MARGIN, -MARGIN)
    footers = {panel: FOOTER_HEIGHT if panel is Panel.HEATMAP else 0 for panel in shown}
    height = (area.height() - CAPTION_HEIGHT * len(shown) - sum(footers.values())) / len(shown)
    rects, top = {}, area.top()
    for panel in shown:
        rects[panel] = QRectF(area.left(), top + CAPTION_HEIGHT, area.width(), height)
        top = rects[panel].bottom() + footers[panel]
    return rects


def _scale(image: QSizeF, panel: QRectF) -> float:
    """Return the scale at which the whole image fits into a panel."""
    return max(0.0, min(panel.width() / image.width(), panel.height() / image.height()))
