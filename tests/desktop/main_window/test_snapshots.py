"""What the panels paint, compared with committed images: a guard against changes that nobody meant.

After a change that was meant, run them once with `WHYLIGHT_RENEW_SNAPSHOTS=1` in the environment, and look at
what git shows as changed.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication

from desktop.common.panel import Panel
from desktop.session.color_scale import Scale
from desktop.session.question import Kind, Question
from desktop.session.rendering import BrushDisc, RenderOptions
from desktop.viewer.panels_view import WHEEL_STEP

FOLDER = Path(__file__).parent / "snapshots"
WIDTH, HEIGHT = 480, 220

MOST_DIFFERENT = 0.04
"""Of the pixels may differ by more than `TOLERANCE`: letters are drawn in each system's own font."""
TOLERANCE = 40


@pytest.fixture
def panels(open_window, colours, images):
    """Panels of a fixed size on an image whose left 50 columns of 80 are red and explained."""
    window = open_window(images / "mixed" / "halves.png", model=colours)
    window.panels.setParent(None)
    window.panels.setPalette(QApplication.style().standardPalette())
    window.panels.resize(WIDTH, HEIGHT)
    window.panels.window_of_test = window
    yield window.panels
    window.panels.deleteLater()


def pixels(image: QImage) -> np.ndarray:
    converted = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(converted.constBits(), np.uint8).reshape(converted.height(), -1)
    return rows[:, : 3 * converted.width()].reshape(converted.height(), converted.width(), 3).astype(int)


def painted(panels) -> QImage:
    return panels.grab().toImage().scaled(WIDTH, HEIGHT)


def share_of_other_pixels(panels, name: str) -> float:
    difference = np.abs(pixels(painted(panels)) - pixels(QImage(str(FOLDER / f"{name}.png"))))
    return float((difference.max(axis=2) > TOLERANCE).mean())


def assert_painted(panels, name: str) -> None:
    if os.environ.get("WHYLIGHT_RENEW_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        assert painted(panels).save(str(FOLDER / f"{name}.png"))
        return
    share = share_of_other_pixels(panels, name)
    assert share < MOST_DIFFERENT, f"{100 * share:.1f} % of the pixels are not as in {name}.png"


def test_an_explained_image(panels):
    assert_painted(panels, "explained")


def test_a_marked_spot_and_its_value(panels):
    panels.move_spot(QPointF())
    assert_painted(panels, "marked")


def test_zoomed_in(panels):
    panels.zoom_by(WHEEL_STEP**6)
    assert_painted(panels, "zoomed")


def test_one_panel_alone(panels):
    panels.show_alone(Panel.OVERLAY)
    assert_painted(panels, "alone")


def test_covered_spots(panels):
    panels.set_brushing(True)
    panels.show_covered([BrushDisc(QPointF(20, 20), 6), BrushDisc(QPointF(40, 10), 6)])
    assert_painted(panels, "covered")


def test_a_contrast_on_the_absolute_scale_in_other_colours(panels, wait_until):
    window = panels.window_of_test
    window.session.ask(Question(2, Kind.RATHER, 0))
    window.session.set_look(RenderOptions("viridis", 0.7, Scale.ABSOLUTE))
    wait_until(lambda: not window.busy)
    assert_painted(panels, "contrast")


def test_words_in_place_of_a_image(panels):
    panels.show_notice("No images", "Drop images or a folder here.")
    assert_painted(panels, "notice")


def test_dark_surroundings(panels):
    palette = QPalette(QColor("#323232"))
    palette.setColor(QPalette.ColorRole.PlaceholderText, QColor("#a0a0a0"))
    panels.setPalette(palette)
    assert_painted(panels, "dark")


def test_the_guard_guards(panels):
    """Another drawing is further from a snapshot than the tolerance."""
    panels.show_drawing(replace(panels.drawing, heatmap=panels.drawing.overlay), "red")
    assert share_of_other_pixels(panels, "explained") > MOST_DIFFERENT
