"""The panels without a mouse: a spot is marked, covered, moved, and the image zoomed and moved."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from desktop.classes.class_list import PROBABILITY_ROLE
from desktop.common.panel import Panel
from desktop.viewer.keyboard import PAN_STEP, SPOT_STEP
from desktop.viewer.panels_view import WHEEL_STEP

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(open_window, colours, images):
    """On an image of 80 x 40 whose left 50 columns are red and explained, the rest blue."""
    window = open_window(images / "mixed" / "halves.png", model=colours)
    window.panels.setFocus()
    return window


def press(window, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier, times: int = 1) -> None:
    for _ in range(times):
        QTest.keyClick(window.panels, key, modifier)


def steps_of(window, columns: float) -> int:
    """How many presses move the spot so many columns of the image."""
    return round(columns * window.panels.zoom.scale / SPOT_STEP)


def test_shift_and_arrows_move_a_spot_and_show_its_evidence(window):
    press(window, Qt.Key.Key_Left, SHIFT)  # the first press marks the middle
    assert window.panels.evidence == pytest.approx(1, abs=0.02)
    press(window, Qt.Key.Key_Right, SHIFT, steps_of(window, 30))
    assert window.panels.evidence == pytest.approx(0, abs=0.02)
    press(window, Qt.Key.Key_Right, SHIFT, 100)
    press(window, Qt.Key.Key_Down, SHIFT, 100)
    assert window.panels.evidence == pytest.approx(0, abs=0.02), "the spot stays in the image"
    assert window.session.image_path.name == "halves.png"


def test_plain_arrows_go_through_the_images_until_the_brush_is_on(window, wait_until):
    press(window, Qt.Key.Key_B)
    assert window.panels.hasFocus()
    press(window, Qt.Key.Key_Left, times=2)
    assert window.session.image_path.name == "halves.png"
    press(window, Qt.Key.Key_B)
    window.gallery.search.open_paths([window.session.image_path.parents[1]])
    wait_until(lambda: not window.busy)
    before = window.session.image_path
    press(window, Qt.Key.Key_Right)
    assert window.session.image_path != before


def test_space_covers_the_marked_spot(window, wait_until):
    def probability(name: str) -> float:
        classes = window.class_panel.classes
        rows = [classes.index(row, 0) for row in range(classes.rowCount())]
        return next(row.data(PROBABILITY_ROLE) for row in rows if row.data() == name)

    whole = probability("red")
    press(window, Qt.Key.Key_B)
    press(window, Qt.Key.Key_Left)
    for _ in range(6):
        press(window, Qt.Key.Key_Space)
        press(window, Qt.Key.Key_Left, times=steps_of(window, 6))
    wait_until(lambda: not window.busy)
    assert probability("red") < whole - 0.02
    press(window, Qt.Key.Key_B)
    wait_until(lambda: not window.busy)
    assert probability("red") == pytest.approx(whole)


def test_plus_minus_and_ctrl_arrows_zoom_and_move(window):
    zoom = window.panels.zoom
    fitted = zoom.scale
    press(window, Qt.Key.Key_Plus, times=4)
    assert zoom.scale == pytest.approx(fitted * WHEEL_STEP**4)
    width = window.panels.panel_rects()[Panel.IMAGE].width()
    before = zoom.to_image(QPointF(width / 2, 10))
    press(window, Qt.Key.Key_Right, CONTROL)
    after = zoom.to_image(QPointF(width / 2, 10))
    assert after.x() - before.x() == pytest.approx(PAN_STEP / zoom.scale)
    press(window, Qt.Key.Key_Minus, times=4)
    assert zoom.fitted
