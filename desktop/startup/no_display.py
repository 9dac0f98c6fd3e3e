"""Messages shown if no window can be opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

DISPLAY_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""Environment variables that name a display on Linux."""

NO_DISPLAY = "whylight: neither DISPLAY nor WAYLAND_DISPLAY is set, so the window cannot open.\n"
NO_LIBRARIES = "whylight: the window's libraries cannot be loaded: {error}\n"
NO_START = "whylight: Qt cannot start, so the window cannot open; see the reason above.\n"
INSTEAD = """\
Without a window, images can be explained in an HTML report:

    whylight explain PATH... --out REPORT

or with `python -m whylight` instead of `whylight`.
"""

EXIT_UNUSABLE = 2
"""Exit status if no window can be opened, as for invalid usage."""


def has_display(environment: Mapping[str, str], platform: str) -> bool:
    """Return whether a window can presumably be opened."""
    if not platform.startswith("linux"):
        return True
    return any(environment.get(name) for name in DISPLAY_VARIABLES)


def refuse(why: str) -> int:
    """Print a reason and alternatives; return the exit status."""
    sys.stderr.write(why + INSTEAD)
    return EXIT_UNUSABLE


@contextmanager
def refusing_where_qt_cannot_start() -> Iterator[None]:
    """Context manager that exits with a message where Qt would abort on Linux.

    The variables may name a display that does not exist or is not accessible, or a library may be missing. Qt
    then prints warnings, and aborts with a core dump. On other systems it shows a dialog.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    def handle(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        category = "" if context.category in (None, "default") else f"{context.category}: "
        sys.stderr.write(f"{category}{message}\n")
        if kind is QtMsgType.QtFatalMsg:
            refuse(NO_START)
            sys.stderr.flush()
            os._exit(EXIT_UNUSABLE)  # Qt aborts when this returns

    previous = qInstallMessageHandler(handle)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)
