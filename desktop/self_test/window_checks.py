"""The steps of the self-test that need Qt: the window, and what packing may have broken of Qt."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QCollator, QCoreApplication, QLocale, QTimer

from ..app import make_application
from ..main_window.licenses import read_notices
from ..main_window.window import MainWindow
from ..settings import Settings
from ..startup.single_instance import OpenRequest, SingleInstance
from .reference import SelfTestError

LICENSED = ("numpy", "onnx", "opencv-python-headless", "PySide6_Essentials", "Python")
"""What cannot be inside without a licence."""

WINDOW_SECONDS = 60
"""After so long without an explained image, the window has failed."""

CALL_SECONDS = 10
"""After so long, what another start says has not arrived."""

SORTED = ["apfel", "Bild 9", "Bild 10", "zebra", "Äpfel", "Örtchen"]
"""As Swedes do it, to whom Ä and Ö are letters after Z; by the codes of characters it is another order."""


def check_window(folder: Path) -> str:
    """Open the window on the samples, with settings of its own, and wait for the first explained image."""
    started = time.perf_counter()
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
    """Say something at the door of a window, as a second start does."""
    from PySide6.QtNetwork import QLocalSocket

    door = SingleInstance(folder)
    if not door.is_first or not SingleInstance(folder).is_running:
        raise SelfTestError(f"the lock in {folder} does not tell who is first")
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
    """Read what the About window tells."""
    notices = read_notices()
    missing = [name for name in LICENSED if f"\n{name} " not in notices.licences]
    if missing or not notices.images:
        raise SelfTestError(f"the licences of {missing or 'the images'} are missing")
    return (
        f"Whylight {notices.version} on {notices.runs_on}; {len(notices.licences) / 1e3:.0f} kB of licences"
    )


def check_sorting(_: Path) -> str:
    """Sort words as file dialogs do, which needs the data of ICU."""
    collator = QCollator(QLocale(QLocale.Language.Swedish))
    collator.setNumericMode(True)
    words = list(SORTED)
    words.sort()  # by codes, so that an order that changes nothing is found out
    found = sorted(words, key=collator.sortKey)
    if found != SORTED:
        raise SelfTestError(f"words are sorted {found}, expected {SORTED}")
    return ", ".join(found)
