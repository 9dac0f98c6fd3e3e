"""The panels: one zoom, one pan, one marked spot, alone or together, and what is painted where."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetricsF, QWheelEvent
from PySide6.QtTest import QTest

from desktop.common.panel import Panel
from desktop.viewer.painting import font_that_fits
from desktop.viewer.panels_view import WHEEL_STEP
from whylight.images.encode import write_image


@pytest.fixture
def window(open_window, colours, images):
    """On an image whose left 50 columns of 80 are red and explained, the rest blue."""
    return open_window(images / "mixed" / "halves.png", model=colours)


def point_at(window, panel: Panel, x: float, y: float) -> QPoint:
    """Return the widget's point at a spot of the image in a panel."""
    rect = window.panels.panel_rects()[panel]
    return (rect.topLeft() + window.panels.zoom.to_panel(QPointF(x, y))).toPoint()


def wheel(window, point: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(point),
        QPointF(window.panels.mapToGlobal(point)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QCoreApplication.sendEvent(window.panels, event)


def colour_at(window, panel: Panel, x: float, y: float) -> QColor:
    return window.panels.grab().toImage().pixelColor(point_at(window, panel, x, y))


def close_to(colour: QColor, red: int, green: int, blue: int) -> bool:
    return all(abs(a - b) <= 6 for a, b in zip(colour.getRgb()[:3], (red, green, blue), strict=True))


def test_each_panel_shows_its_image(window):
    assert close_to(colour_at(window, Panel.IMAGE, 10, 20), 255, 0, 0)
    assert close_to(colour_at(window, Panel.IMAGE, 75, 20), 0, 0, 255)
    assert close_to(colour_at(window, Panel.HEATMAP, 10, 20), 128, 0, 0), "JET's 1 is dark red"
    assert close_to(colour_at(window, Panel.HEATMAP, 75, 20), 0, 0, 128), "JET's 0 is dark blue"
    overlay = colour_at(window, Panel.OVERLAY, 10, 20)
    assert close_to(overlay, 192, 0, 0), "half of 255 and half of 128"


def test_the_arrangement_stays_while_images_of_any_shape_are_browsed(window, images, wait_until):
    before = window.panels.panel_rects()
    window.gallery.search.open_paths([images / "001.red" / "a.png"])
    wait_until(lambda: not window.busy)
    tall = np.zeros((90, 20, 3), np.uint8)
    write_image(images / "tall.png", tall)
    window.gallery.search.open_paths([images / "tall.png"])
    wait_until(lambda: not window.busy)
    assert window.panels.image.pixels.shape[:2] == (90, 20)
    assert window.panels.panel_rects() == before


def test_image_and_overlay_can_be_shown_without_the_heatmap(window):
    three = window.panels.zoom.scale
    QTest.keyClick(window, "4")
    assert list(window.panels.panel_rects()) == [Panel.IMAGE, Panel.OVERLAY]
    assert window.panels.zoom.scale > three
    assert window.commands.pair.isChecked()
    QTest.keyClick(window, "4")
    assert list(window.panels.panel_rects()) == list(Panel)


def test_the_wheel_zooms_all_panels_at_the_cursor(window):
    zoom, rects = window.panels.zoom, window.panels.panel_rects()
    point = point_at(window, Panel.OVERLAY, 49, 10)
    place = QPointF(point) - rects[Panel.OVERLAY].topLeft()
    spot, fitted = zoom.to_image(place), zoom.scale
    wheel(window, point, 10)
    assert zoom.scale == pytest.approx(fitted * WHEEL_STEP**10)
    assert (zoom.to_panel(spot) - place).manhattanLength() < 1e-6
    border = zoom.to_panel(QPointF(50, 10)).x()  # between red and blue, at the same place in all panels
    assert 0 < border < rects[Panel.IMAGE].width()
    image = window.panels.grab().toImage()
    for panel in (Panel.IMAGE, Panel.OVERLAY):
        at = (rects[panel].topLeft() + QPointF(border, place.y())).toPoint()
        left, right = (image.pixelColor(at + QPoint(side, 0)) for side in (-20, 20))
        assert left.red() > left.blue()
        assert right.blue() > right.red()


def test_dragging_pans_all_panels_and_double_click_fits(window, move_mouse):
    wheel(window, point_at(window, Panel.IMAGE, 40, 20), 12)
    before = window.panels.zoom.to_image(QPointF(0, 0))
    start = point_at(window, Panel.HEATMAP, 40, 20)
    QTest.mousePress(window.panels, Qt.MouseButton.LeftButton, pos=start)
    move_mouse(window.panels, start + QPoint(-30, 12))
    QTest.mouseRelease(window.panels, Qt.MouseButton.LeftButton, pos=start + QPoint(-30, 12))
    moved = window.panels.zoom.to_image(QPointF(0, 0)) - before
    assert moved.x() == pytest.approx(30 / window.panels.zoom.scale)
    assert moved.y() == pytest.approx(-12 / window.panels.zoom.scale)
    QTest.mouseDClick(window.panels, Qt.MouseButton.LeftButton, pos=start)
    assert window.panels.zoom.fitted


def test_hovering_tells_the_evidence_and_marks_the_spot_in_all_panels(window, move_mouse):
    values: list[float | None] = []
    window.panels.hovered.connect(values.append)
    plain = window.panels.grab().toImage()
    move_mouse(window.panels, point_at(window, Panel.IMAGE, 10, 20))
    assert values[-1] == pytest.approx(1, abs=1e-3)
    marked = window.panels.grab().toImage()
    for panel in Panel:  # the ring is painted 7 pixels from the spot
        ring = point_at(window, panel, 10, 20) + QPoint(7, 0)
        assert plain.pixelColor(ring) != marked.pixelColor(ring)
    move_mouse(window.panels, point_at(window, Panel.OVERLAY, 75, 20))
    assert values[-1] == pytest.approx(0, abs=1e-3)
    move_mouse(window.panels, QPoint(2, 2))
    assert values[-1] is None
    assert window.panels.grab().toImage() == plain


def test_number_keys_show_one_panel_alone_and_again_all(window):
    def shown() -> list[Panel]:
        return list(window.panels.panel_rects())

    for key, panel in zip("123", Panel, strict=True):
        QTest.keyClick(window.panels, key)
        assert shown() == [panel]
        assert window.commands.panels[panel].isChecked()
    QTest.keyClick(window.panels, "3")
    assert shown() == list(Panel)
    assert window.commands.all_panels.isChecked()
    QTest.keyClick(window.panels, "2")
    QTest.keyClick(window.panels, "0")
    assert shown() == list(Panel)
    assert window.commands.all_panels.isChecked()


def test_a_panel_alone_is_drawn_larger(window):
    scale = window.panels.zoom.scale
    QTest.keyClick(window.panels, "1")
    assert window.panels.zoom.scale > 1.5 * scale


def test_a_caption_that_is_too_long_gets_smaller_letters(application):
    font = QFont()
    font.setPixelSize(20)
    words = "red: strongest of the likely classes"
    full = QFontMetricsF(font).horizontalAdvance(words)
    assert font_that_fits(font, words, full + 1) == font
    smaller = font_that_fits(font, words, 0.85 * full)
    assert QFontMetricsF(smaller).horizontalAdvance(words) <= 0.85 * full
    assert QFontInfo(font_that_fits(font, words, 0.2 * full)).pixelSize() == 16
