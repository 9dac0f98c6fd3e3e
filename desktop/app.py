"""The application around the window: names, logging, the event loop."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.window import MainWindow


def make_application(argv: Sequence[str]) -> QApplication:
    """Return the process's application, with the names that the system shows and stores settings under."""
    application = QApplication(list(argv))
    application.setApplicationName("Whylight")
    application.setOrganizationName("Whylight")
    application.setDesktopFileName("whylight")
    return application


def run(paths: Sequence[Path], model: Path | None) -> int:
    """Show the window on `paths` (empty: the samples) with a model (None: the bundled one) until closed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C: Python would handle it after the event loop only
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    application = make_application(sys.argv[:1])
    window = MainWindow(paths, model)
    window.show()
    return application.exec()
