"""Formatting of numbers in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def number(value: float, decimals: int = 0) -> str:
    """Format a number with digit grouping and the given number of decimals."""
    text = f"{value:,.{decimals}f}"
    return written(text.removeprefix("-") if float(text.replace(",", "")) == 0 else text)


def percent(share: float) -> str:
    """Format a share, 0 to 1: `87 %`, `2.4 %`, `< 0.1 %`, `99.7 %`."""
    return f"{percent_number(share)} %"


def percent_number(share: float) -> str:
    """Format a share, 0 to 1, without the sign: `87`, `2.4`, `< 0.1`, `99.7`.

    Nothing short of all is `100`.
    """
    if share < 0.001:
        return f"< {number(0.1, 1)}"
    if 0.9995 <= share < 1:
        return f"> {number(99.9, 1)}"
    return number(100 * share, 1 if share < 0.1 or 0.995 <= share < 1 else 0)


def written(text: str) -> str:
    """Localise the separators of a number formatted in English.

    The separators follow the language of the window, not the system's.
    """
    group = QCoreApplication.translate("Numbers", ",", "between thousands and hundreds, as in 1,000")
    point = QCoreApplication.translate("Numbers", ".", "before the decimals, as in 0.5")
    return text.translate({ord(","): group, ord("."): point})
