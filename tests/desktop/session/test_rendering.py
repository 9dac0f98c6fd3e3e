"""When what is drawn: large images small at first, and the slider never waits for a drawing."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtTest import QTest

from desktop.common.panel import Panel
from desktop.session import rendering
from whylight.images.encode import write_image


@pytest.fixture
def large_image(tmp_path):
    """Red on the left three quarters, blue on the rest, 3,000 x 1,000."""
    image = np.zeros((1000, 3000, 3), np.uint8)
    image[:, :2250, 0] = 255
    image[:, 2250:, 2] = 255
    write_image(tmp_path / "large.png", image)
    return tmp_path / "large.png"


def test_a_large_image_is_drawn_small_at_first_and_then_in_full(
    open_window, colours, large_image, move_mouse, wait_until
):
    window = open_window(model=colours)
    drawings: list[tuple[bool, int]] = []
    window.session.drawn.connect(lambda drawing: drawings.append((drawing.draft, drawing.evidence.shape[1])))
    evidence: list[float] = []

    def hover_the_red_part() -> None:
        rect = window.panels.panel_rects()[Panel.IMAGE]
        point = rect.topLeft() + window.panels.zoom.to_panel(QPointF(2000, 500))
        move_mouse(window.panels, point.toPoint())
        evidence.append(window.panels.evidence)

    window.session.drawn.connect(hover_the_red_part)
    window.gallery.search.open_paths([large_image])
    wait_until(lambda: not window.busy)
    assert drawings == [(True, 750), (False, 3000)]
    assert evidence == pytest.approx([1, 1], abs=1e-3)
    assert window.panels.drawing.overlay[0].width() == 3000
    assert window.status.picture_size.text() == "3,000 × 1,000"


def test_while_the_slider_moves_drawings_keep_coming_and_the_last_one_is_right(
    open_window, colours, images, monkeypatch, wait_until
):
    window = open_window(images, model=colours)
    draw = rendering.draw

    def slow_draw(*arguments, **options):
        time.sleep(0.03)
        return draw(*arguments)

    monkeypatch.setattr(rendering, "draw", slow_draw)
    shown: list[rendering.RenderedMaps] = []
    window.session.drawn.connect(shown.append)
    for step in range(2000):
        if len(shown) == 3:
            break
        window.tool_bar.opacity.setValue(step % 100)  # faster than anything can be drawn
        QTest.qWait(12)
    assert len(shown) >= 3, "nothing is shown while the slider moves"
    window.tool_bar.opacity.setValue(96)
    wait_until(lambda: not window.busy)
    right = draw(replace(window.session.sketch(), look=rendering.RenderOptions("jet", 0.96)))
    assert shown[-1].overlay[0] == right.overlay[0]
