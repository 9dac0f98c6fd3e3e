"""Colours of text and lines, readable on light and dark grounds."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

READABLE = 4.5
"""Least contrast of text and its ground (WCAG 2.2, level AA)."""


def luminance(colour: QColor) -> float:
    """Return the relative luminance of WCAG 2.2, 0 (black) to 1 (white)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast ratio of WCAG 2.2 of two opaque colours, 1 to 21."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def is_dark(palette: QPalette) -> bool:
    """Return whether text is lighter than its ground."""
    return luminance(palette.color(QPalette.ColorRole.Window)) < 0.18


def muted(palette: QPalette) -> QColor:
    """Return the colour of secondary text, readable on windows and on lists."""
    text, ground = palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window)
    return mixed(text, ground, 0.32)


def accent(palette: QPalette) -> QColor:
    """Return the colour of a line that must stand out."""
    return QColor(0x8A, 0xBC, 0xFF) if is_dark(palette) else QColor(0x14, 0x5F, 0xBD)


def mixed(one: QColor, other: QColor, share: float) -> QColor:
    """Return a mixture of two colours with `share` of the other one."""
    return QColor.fromRgbF(
        *(
            a + (b - a) * share
            for a, b in (
                (one.redF(), other.redF()),
                (one.greenF(), other.greenF()),
                (one.blueF(), other.blueF()),
            )
        )
    )
