"""Names of classes as the window shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

_NUMBERED = re.compile(r"(class|value) (\d+)")
"""Names that adopting gives where a file has none, see `whylight.adoption.class_names.numbered`."""


def shown_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return names as they are shown.

    A space is made visible; names that are numbers are in the window's language.
    """
    words = {
        "class": QCoreApplication.translate("ClassNames", "class {number}"),
        "value": QCoreApplication.translate("ClassNames", "value {number}"),
    }
    shown = []
    for name in names:
        numbered = _NUMBERED.fullmatch(name)
        if numbered:
            shown.append(words[numbered[1]].format(number=numbered[2]))
        else:
            shown.append(shown_sign(name))
    return tuple(shown)


def shown_sign(sign: str) -> str:
    """Return a sign of a line of text as it is shown, a space visibly."""
    return "␣" if sign.isspace() else sign
