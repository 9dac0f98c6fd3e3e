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


USUAL = QSizeF(4, 3)
"""Shape of image for which the panels are arranged. That of each image would make browsing jump."""


def panel_rects(widget: QRectF, shown: Sequence[Panel]) -> dict[Panel, QRectF]:
    """Return the rectangle of each visible panel, without caption and footer.

    Panels are side by side, below each other, or in two rows, whatever shows a usual photograph largest. The
    arrangement depends on the widget alone, so that it stays while images are browsed.
    """
    arrangements = [_side_by_side(widget, shown)]
    if len(shown) > 1:
        arrangements += [_in_rows(widget, shown, 1)]
    if len(shown) > 2:
        arrangements += [_in_rows(widget, shown, 2)]
    return max(arrangements, key=lambda rects: _scale(USUAL, rects[shown[0]]))


def _side_by_side(widget: QRectF, shown: Sequence[Panel]) -> dict[Panel, QRectF]:
    area = widget.adjusted(MARGIN, CAPTION_HEIGHT, -MARGIN, -FOOTER_HEIGHT)
    width = (area.width() - GAP * (len(shown) - 1)) / len(shown)
    return {
        panel: QRectF(area.left() + place * (width + GAP), area.top(), width, area.height())
        for place, panel in enumerate(shown)
    }


def _in_rows(widget: QRectF, shown: Sequence[Panel], columns: int) -> dict[Panel, QRectF]:
    """Fill rows of `columns` panels, with room for the colour bar below its panel."""
    area = widget.adjusted(MARGIN, 0, -MARGIN, -MARGIN)
    rows = [shown[start : start + columns] for start in range(0, len(shown), columns)]
    footers = [FOOTER_HEIGHT if _has_footer(row, shown) else 0 for row in rows]
    height = (area.height() - CAPTION_HEIGHT * len(rows) - sum(footers)) / len(rows)
    width = (area.width() - GAP * (columns - 1)) / columns
    rects, top = {}, area.top()
    for row, footer in zip(rows, footers, strict=True):
        for place, panel in enumerate(row):
            left = area.left() + place * (width + GAP)
            rects[panel] = QRectF(left, top + CAPTION_HEIGHT, width, height)
        top += CAPTION_HEIGHT + height + footer
    return rects


def _has_footer(row: Sequence[Panel], shown: Sequence[Panel]) -> bool:
    return bar_panel(shown) in row


def bar_panel(shown: Sequence[Panel]) -> Panel | None:
    """Return the panel below which the colour bar lies: the heatmap, else the overlay."""
    return next((panel for panel in (Panel.HEATMAP, Panel.OVERLAY) if panel in shown), None)


def _scale(image: QSizeF, panel: QRectF) -> float:
    """Return the scale at which the whole image fits into a panel."""
    return max(0.0, min(panel.width() / image.width(), panel.height() / image.height()))
