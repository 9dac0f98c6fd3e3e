"""Light and dark colours of the window, by its own switch or as the system's."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from .colours import READABLE, contrast, mixed


class Theme(Enum):
    """Colours of the window."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


ROLES = QPalette.ColorRole
GROUNDS = {
    Theme.LIGHT: {
        ROLES.Window: "#efefef",
        ROLES.WindowText: "#000000",
        ROLES.Base: "#ffffff",
        ROLES.AlternateBase: "#e6e6e6",
        ROLES.Text: "#000000",
        ROLES.Button: "#efefef",
        ROLES.ButtonText: "#000000",
        ROLES.ToolTipBase: "#fff8d6",
        ROLES.ToolTipText: "#000000",
        ROLES.Light: "#ffffff",
        ROLES.Midlight: "#cacaca",
        ROLES.Mid: "#b8b8b8",
        ROLES.Dark: "#9f9f9f",
        ROLES.Shadow: "#767676",
        ROLES.BrightText: "#ffffff",
        ROLES.Highlight: "#1f6fb2",
        ROLES.HighlightedText: "#ffffff",
        ROLES.Link: "#0a58a8",
    },
    Theme.DARK: {
        ROLES.Window: "#2b2b2b",
        ROLES.WindowText: "#f2f2f2",
        ROLES.Base: "#1f1f1f",
        ROLES.AlternateBase: "#3a3a3a",
        ROLES.Text: "#f2f2f2",
        ROLES.Button: "#383838",
        ROLES.ButtonText: "#f2f2f2",
        ROLES.ToolTipBase: "#4a4530",
        ROLES.ToolTipText: "#ffffff",
        ROLES.Light: "#5a5a5a",
        ROLES.Midlight: "#4a4a4a",
        ROLES.Mid: "#6a6a6a",
        ROLES.Dark: "#1a1a1a",
        ROLES.Shadow: "#0d0d0d",
        ROLES.BrightText: "#ffffff",
        ROLES.Highlight: "#2f76b8",
        ROLES.HighlightedText: "#ffffff",
        ROLES.Link: "#8abcff",
    },
}
"""Colours of the themes that do not follow the system."""


def theme_palette(theme: Theme, system: QPalette) -> QPalette:
    """Return the palette of a theme; all its text is readable.

    `system` is the palette to follow. Of it, only secondary text and the selection are changed, and only
    where they contrast too little.
    """
    palette = QPalette(system) if theme is Theme.SYSTEM else QPalette()
    for role, name in GROUNDS.get(theme, {}).items():
        palette.setColor(role, QColor(name))
        if role in (ROLES.WindowText, ROLES.Text, ROLES.ButtonText):
            ground = QColor(GROUNDS[theme][ROLES.Window])
            palette.setColor(QPalette.ColorGroup.Disabled, role, mixed(QColor(name), ground, 0.5))
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        text = palette.color(group, ROLES.Text)
        window = palette.color(group, ROLES.Window)
        palette.setColor(group, ROLES.PlaceholderText, mixed(text, window, 0.35))
        highlight = palette.color(group, ROLES.Highlight)
        for _ in range(20):
            if contrast(highlight, palette.color(group, ROLES.HighlightedText)) >= READABLE:
                break
            highlight = highlight.darker(106)
        palette.setColor(group, ROLES.Highlight, highlight)
    return palette


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Show all windows in a theme."""
    schemes = {
        Theme.SYSTEM: Qt.ColorScheme.Unknown,
        Theme.LIGHT: Qt.ColorScheme.Light,
        Theme.DARK: Qt.ColorScheme.Dark,
    }
    application.setPalette(QPalette())
    application.styleHints().setColorScheme(schemes[theme])  # frames of windows, where the system has both
    application.setPalette(theme_palette(theme, application.palette()))
