"""All text can be read: contrast of at least 4.5 (WCAG AA), in each theme."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.gallery.thumbnail_delegate import right_colour, wrong_colour
from desktop.widgets.colours import READABLE, accent, contrast, muted
from desktop.widgets.theme import Theme, theme_palette

ROLES = QPalette.ColorRole
PAIRS = [
    (ROLES.WindowText, ROLES.Window),
    (ROLES.Text, ROLES.Base),
    (ROLES.Text, ROLES.Window),
    (ROLES.Text, ROLES.AlternateBase),
    (ROLES.ButtonText, ROLES.Button),
    (ROLES.ToolTipText, ROLES.ToolTipBase),
    (ROLES.HighlightedText, ROLES.Highlight),
    (ROLES.PlaceholderText, ROLES.Base),
    (ROLES.PlaceholderText, ROLES.Window),
    (ROLES.PlaceholderText, ROLES.AlternateBase),
]


@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("group", [QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive])
def test_text_is_readable_in_every_theme(application, theme, group):
    palette = theme_palette(theme, application.style().standardPalette())
    for text, ground in PAIRS:
        assert contrast(palette.color(group, text), palette.color(group, ground)) >= READABLE, (text, ground)
    for colour in (muted(palette), accent(palette)):
        assert contrast(colour, palette.color(group, ROLES.Window)) >= READABLE
    for colour in (right_colour(palette), wrong_colour(palette)):
        assert contrast(colour, palette.color(group, ROLES.Base)) >= READABLE


def test_contrast_is_that_of_the_standard():
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)


def test_the_switch_goes_through_all_themes_and_is_remembered(open_window, colours, images, application):
    window = open_window(images, model=colours)
    shown = []
    for _ in Theme:
        QTest.keyClick(window, "K")
        shown.append((window.settings.theme, QApplication.palette().color(ROLES.Window).name()))
    assert [theme for theme, _ in shown] == [Theme.LIGHT, Theme.DARK, Theme.SYSTEM]
    assert shown[0][1] != shown[1][1]
    assert contrast(QColor(shown[1][1]), QColor("white")) > READABLE, "dark"
