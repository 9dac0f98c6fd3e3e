"""Where the panels lie: side by side, or below each other, in an area of known size."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, QSizeF

from desktop.viewer.panel_layout import (
    CAPTION_HEIGHT,
    FOOTER_HEIGHT,
    GAP,
    MARGIN,
    STACKING_GAIN,
    Panel,
    panel_rects,
)

AREA = QRectF(0, 0, 2 * MARGIN + 2 * GAP + 3 * 240, CAPTION_HEIGHT + FOOTER_HEIGHT + 640)
"""Room for three panels of 240 x 640 side by side."""
BELOW = (AREA.height() - MARGIN - FOOTER_HEIGHT - 3 * CAPTION_HEIGHT) / 3
"""Height of a panel where they lie below each other, each 740 wide."""


def test_side_by_side_each_has_a_third_of_the_width():
    rects = panel_rects(AREA, list(Panel), QSizeF(300, 300))
    assert [rect.left() for rect in rects.values()] == [MARGIN, MARGIN + 250, MARGIN + 500]
    assert {(rect.width(), rect.height()) for rect in rects.values()} == {(240, 640)}


def test_below_each_other_the_heatmap_keeps_room_for_its_colour_bar():
    rects = panel_rects(AREA, list(Panel), QSizeF(900, 300))
    assert {(rect.left(), rect.width()) for rect in rects.values()} == {(MARGIN, 740)}
    assert [rect.height() for rect in rects.values()] == pytest.approx([BELOW] * 3)
    assert rects[Panel.HEATMAP].top() - rects[Panel.IMAGE].bottom() == pytest.approx(CAPTION_HEIGHT)
    room = rects[Panel.OVERLAY].top() - rects[Panel.HEATMAP].bottom()
    assert room == pytest.approx(FOOTER_HEIGHT + CAPTION_HEIGHT)
    assert rects[Panel.OVERLAY].bottom() == pytest.approx(AREA.height() - MARGIN)


@pytest.mark.parametrize(("factor", "stacked"), [(0.98, False), (1.02, True)])
def test_they_change_places_at_the_gain_that_is_worth_it(factor, stacked):
    # As wide as 240 beside each other; as high as BELOW below each other: the gain is BELOW / (240 / aspect).
    aspect = factor * STACKING_GAIN * 240 / BELOW
    rects = panel_rects(AREA, list(Panel), QSizeF(1000 * aspect, 1000))
    assert (rects[Panel.HEATMAP].left() == MARGIN) is stacked


def test_one_panel_or_no_image_has_no_choice():
    assert panel_rects(AREA, [Panel.OVERLAY], QSizeF(900, 300))[Panel.OVERLAY].width() == 740
    assert panel_rects(AREA, list(Panel))[Panel.OVERLAY].left() == MARGIN + 500


def test_a_widget_without_room_keeps_them_side_by_side():
    rects = panel_rects(QRectF(0, 0, 10, 10), list(Panel), QSizeF(900, 300))
    assert rects[Panel.HEATMAP].left() != rects[Panel.IMAGE].left()
