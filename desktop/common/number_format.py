"""Numbers as the window's language writes them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def number(value: float, decimals: int = 0) -> str:
    """Return a number in groups of three digits, with so many decimals."""
    return written(f"{value:,.{decimals}f}")


def written(text: str) -> str:
    """Return a number that was formatted as in English.

    The signs come with the words, not with the system: words in English have numbers in English.
    """
    group = QCoreApplication.translate("Numbers", ",", "between thousands and hundreds, as in 1,000")
    point = QCoreApplication.translate("Numbers", ".", "before the decimals, as in 0.5")
    return text.translate({ord(","): group, ord("."): point})
