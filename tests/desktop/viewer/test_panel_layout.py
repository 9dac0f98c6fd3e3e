"""Where the panels lie: beside each other, below each other or in two rows, by the room alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF

from desktop.viewer.panel_layout import CAPTION_HEIGHT, FOOTER_HEIGHT, GAP, MARGIN, Panel, panel_rects


def lefts_and_tops(rects) -> tuple[int, int]:
    """Numbers of columns and of rows."""
    return len({rect.left() for rect in rects.values()}), len({rect.top() for rect in rects.values()})


@pytest.mark.parametrize(
    ("width", "height", "columns", "rows"), [(1200, 400, 3, 1), (620, 600, 2, 2), (320, 900, 1, 3)]
)
def test_the_room_decides(width, height, columns, rows):
    assert lefts_and_tops(panel_rects(QRectF(0, 0, width, height), list(Panel))) == (columns, rows)


def test_in_the_default_window_a_photograph_is_larger_than_beside_each_other():
    """At 1280 x 800 about 620 x 600 is left for the panels, where a third of the width is 190."""
    assert panel_rects(QRectF(0, 0, 620, 600), list(Panel))[Panel.IMAGE].width() > 270


def test_side_by_side_each_has_a_third_of_the_width():
    rects = panel_rects(QRectF(0, 0, 2 * MARGIN + 2 * GAP + 3 * 240, 300), list(Panel))
    assert [rect.left() for rect in rects.values()] == [MARGIN, MARGIN + 250, MARGIN + 500]
    assert {rect.width() for rect in rects.values()} == {240}


@pytest.mark.parametrize("size", [(620, 600), (320, 900)])
def test_in_rows_the_colour_bar_has_room_and_nothing_overlaps(size):
    area = QRectF(0, 0, *size)
    rects = panel_rects(area, list(Panel))
    below = QRectF(rects[Panel.HEATMAP]).adjusted(0, 0, 0, FOOTER_HEIGHT)
    assert not below.intersects(rects[Panel.OVERLAY].adjusted(0, -CAPTION_HEIGHT, 0, 0))
    assert all(area.contains(rect) for rect in rects.values())
    panels = list(rects.values())
    assert not any(a.intersects(b) for place, a in enumerate(panels) for b in panels[:place])


def test_two_panels_are_larger_than_three():
    area = QRectF(0, 0, 620, 600)
    pair = panel_rects(area, [Panel.IMAGE, Panel.OVERLAY])[Panel.IMAGE]
    three = panel_rects(area, list(Panel))[Panel.IMAGE]
    assert min(pair.width() / 4, pair.height() / 3) > min(three.width() / 4, three.height() / 3)


def test_one_panel_fills_the_room():
    assert panel_rects(QRectF(0, 0, 620, 600), [Panel.OVERLAY])[Panel.OVERLAY].width() == 620 - 2 * MARGIN


def test_a_widget_without_room_has_panels_all_the_same():
    assert set(panel_rects(QRectF(0, 0, 10, 10), list(Panel))) == set(Panel)
