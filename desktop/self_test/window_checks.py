"""Steps of the self-test that need Qt."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QCollator, QCoreApplication, QLocale, QTimer

from ..app import make_application
from ..main_window.licenses import read_notices
from ..main_window.window import MainWindow
from ..settings import Settings
from ..startup.no_display import refusing_where_qt_cannot_start
from ..startup.single_instance import OpenRequest, SingleInstance
from .reference import SelfTestError

LICENSED = ("numpy", "onnx", "opencv-python-headless", "PySide6_Essentials", "Python")
"""Packages whose licences must be included."""

WINDOW_SECONDS = 60
"""Timeout for the first explained image."""

CALL_SECONDS = 10
"""Timeout for the message of another start."""

SORTED = ["apfel", "Bild 9", "Bild 10", "zebra", "Äpfel", "Örtchen"]
"""Swedish order, with Ä and Ö after Z, which differs from the order of code points."""


def check_window(folder: Path) -> str:
    """Open the window on the samples and wait for the first explained image."""
    started = time.perf_counter()
    with refusing_where_qt_cannot_start():
        application = make_application(["whylight"])
    window = MainWindow([], None, Settings(folder / "settings.ini"))
    window.show()
    shown_ms = (time.perf_counter() - started) * 1000
    explained_ms: list[float] = []

    def look() -> None:
        explained = window.session.explanation is not None
        if explained and not explained_ms:
            explained_ms.append((time.perf_counter() - started) * 1000)
        if (explained and not window.busy) or time.perf_counter() - started > WINDOW_SECONDS:
            window.close()
            application.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    application.exec()
    if not explained_ms:
        raise SelfTestError(f"no image was explained in the window within {WINDOW_SECONDS} s")
    on = application.platformName()
    return f"shown after {shown_ms:.0f} ms, an image explained after {explained_ms[0]:.0f} ms, on {on}"


def check_other_starts(folder: Path) -> str:
    """Send a message to a window, as a second start does."""
    from PySide6.QtNetwork import QLocalSocket

    door = SingleInstance(folder)
    if not door.is_first or not SingleInstance(folder).is_running:
        raise SelfTestError(f"the lock in {folder} does not identify the first instance")
    heard: list[OpenRequest] = []
    door.called.connect(heard.append)
    door.listen_soon()
    QCoreApplication.processEvents()
    socket = QLocalSocket()
    socket.connectToServer(door.address)
    said = OpenRequest((folder,))
    if socket.waitForConnected(1000 * CALL_SECONDS):
        socket.write(said.encode())
        deadline = time.perf_counter() + CALL_SECONDS
        while not heard and time.perf_counter() < deadline:
            QCoreApplication.processEvents()
    door.close()
    if heard != [said]:
        raise SelfTestError(f"a second start is not heard: {socket.errorString()}")
    return "a second start is heard"


def check_licences(_: Path) -> str:
    """Read the texts of the About dialog."""
    notices = read_notices()
    missing = [name for name in LICENSED if f"\n{name} " not in notices.licences]
    if missing or not notices.images:
        raise SelfTestError(f"the licences of {missing or 'the images'} are missing")
    return (
        f"Whylight {notices.version} on {notices.runs_on}; {len(notices.licences) / 1e3:.0f} kB of licences"
    )


def check_sorting(_: Path) -> str:
    """Sort words as file dialogs do, which needs ICU data."""
    collator = QCollator(QLocale(QLocale.Language.Swedish))
    collator.setNumericMode(True)
    words = list(SORTED)
    words.sort()  # by code point, so that a collator without effect is detected
    found = sorted(words, key=collator.sortKey)
    if found != SORTED:
        raise SelfTestError(f"words are sorted {found}, expected {SORTED}")
    return ", ".join(found)
