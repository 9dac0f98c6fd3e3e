"""The application around the window: names, language, logs, the event loop."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from desktop.language import install_language
from desktop.log import Logs, log_folder
from desktop.window import MainWindow

COLLECTION = (20_000, 20, 20)
"""When Python looks for cyclic garbage: rarely, since with 100,000 pictures a full look stops the window for
a tenth of a second and finds nothing; pictures and tensors are not in cycles and go at once."""


def make_application(argv: Sequence[str]) -> QApplication:
    """Return the process's application, with the names that the system shows and stores settings under."""
    gc.set_threshold(*COLLECTION)
    application = QApplication(list(argv))
    application.setApplicationName("Whylight")
    application.setOrganizationName("Whylight")
    application.setDesktopFileName("whylight")
    return application


def run(paths: Sequence[Path], model: Path | None) -> int:
    """Show the window on `paths` with a model (None: as in the last session) until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C: Python would handle it after the event loop only
    application = make_application(sys.argv[:1])
    install_language(application)
    logs = Logs(log_folder())
    window = MainWindow(paths, model)
    if logs.last_crash is not None:
        offer_crash(window, logs.last_crash)
    window.show()
    status = application.exec()
    logs.close()
    return status


def offer_crash(window: MainWindow, report: Path) -> None:
    """Tell that the last run crashed, and where it is written down."""
    url = QUrl.fromLocalFile(str(report))
    words = QCoreApplication.translate("App", "Whylight crashed the last time. What is known of it: {path}")
    show = QCoreApplication.translate("App", "Show")
    window.message_bar.offer(words.format(path=report), show, lambda: QDesktopServices.openUrl(url))
