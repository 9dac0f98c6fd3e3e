"""What is said where no window can open: what to do instead."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

DISPLAY_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""On Linux, one of these says where a window can appear."""

NO_DISPLAY = "whylight: neither DISPLAY nor WAYLAND_DISPLAY is set, so the window cannot open.\n"
NO_LIBRARIES = "whylight: the window's libraries cannot be loaded: {error}\n"
NO_START = "whylight: Qt cannot start, so the window cannot open; why is said above.\n"
INSTEAD = """\
Images can be explained into an HTML report without a window:

    whylight explain PATH... --out REPORT
    python -m whylight explain PATH... --out REPORT      (the same)
"""

EXIT_UNUSABLE = 2
"""Exit status when the window cannot open here at all, as for a wrong command line."""


def has_display(environment: Mapping[str, str], platform: str) -> bool:
    """Return whether Qt can be expected to open a window here."""
    if not platform.startswith("linux"):
        return True
    return any(environment.get(name) for name in DISPLAY_VARIABLES)


def refuse(why: str) -> int:
    """Say why, and what to do instead; returns the exit status."""
    sys.stderr.write(why + INSTEAD)
    return EXIT_UNUSABLE


@contextmanager
def refusing_where_qt_cannot_start() -> Iterator[None]:
    """On Linux, end the process in words where Qt would abort it.

    The variables name a display, but it may be gone, forbidden, or a library that Qt needs for it missing: Qt
    says which in warnings, then ends with a message of its own and a core dump. Elsewhere it shows a box.
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
            os._exit(EXIT_UNUSABLE)  # Qt aborts once this returns

    previous = qInstallMessageHandler(handle)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)
