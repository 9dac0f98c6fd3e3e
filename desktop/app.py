"""The application around the window: names, language, logs, event loop."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from .files.dropped import Incoming, sort_paths
from .main_window.window import MainWindow
from .settings import Settings
from .startup.app_dirs import find_app_dirs
from .startup.crash_log import Logs
from .startup.malloc import give_back_freed_memory
from .startup.no_display import refusing_where_qt_cannot_start
from .startup.open_requests import OpenRequests, bring_forward
from .startup.single_instance import ACTIVATION, OpenRequest, SingleInstance
from .startup.translation import install_language

COLLECTION = (20_000, 20, 20)
"""Thresholds of Python's garbage collector: rare, since with 100,000 images a full collection blocks the
window for 0.1 s and finds nothing; images and tensors are not part of cycles."""


def make_application(argv: Sequence[str]) -> QApplication:
    """Return the process's `QApplication`, with its names set."""
    gc.set_threshold(*COLLECTION)
    give_back_freed_memory()
    application = QApplication(list(argv))
    application.setApplicationName("Whylight")
    application.setOrganizationName("Whylight")
    application.setDesktopFileName("whylight")
    return application


def run(
    paths: Sequence[Path], model: Path | None, *, new_window: bool = False, portable: bool = False
) -> int:
    """Show the window on `paths` with a model (None: that of the last session).

    If a window is open already, the request is passed to it, unless `new_window` is set. `portable` stores
    all data next to the program from now on.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python would handle Ctrl+C only after the event loop
    activation = os.environ.get(ACTIVATION, "")  # before Qt takes it
    with refusing_where_qt_cannot_start():
        application = make_application(sys.argv[:1])
    install_language(application)
    places = find_app_dirs(portable)
    brought = sort_paths(path.absolute() for path in paths)
    model = brought.model if model is None else model.absolute()
    door = None if new_window else SingleInstance(places.data)
    if door is not None and door.is_running and door.hand_over(OpenRequest(brought.paths, model, activation)):
        return 0
    requests = OpenRequests()
    application.installEventFilter(requests)
    logs = Logs(places.data / "logs")
    window = MainWindow(brought.paths, model, Settings(places.settings))
    requests.asked.connect(lambda path: window.files.open_incoming(sort_paths([path])))
    if places.trouble:
        window.message_bar.show_message(places.trouble, topic=window.message_bar.FOLDERS)
    if logs.last_crash is not None:
        offer_crash(window, logs.last_crash)
    window.show()
    if door is not None:
        door.called.connect(lambda call: answer(window, call))
        door.listen_soon()
    status = application.exec()
    if door is not None:
        door.close()
    logs.close()
    return status


def answer(window: MainWindow, call: OpenRequest) -> None:
    """Open the paths and model requested by another start of the program."""
    window.files.open_incoming(Incoming(call.paths, call.model))
    bring_forward(window, call.activation)


def offer_crash(window: MainWindow, report: Path) -> None:
    """Report that the last run crashed, with the path of the crash file."""
    url = QUrl.fromLocalFile(str(report))
    words = QCoreApplication.translate("App", "Whylight crashed last time. Details: {path}")
    show = QCoreApplication.translate("App", "Show")
    window.message_bar.offer(words.format(path=report), show, lambda: QDesktopServices.openUrl(url))
