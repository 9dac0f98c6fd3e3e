"""One window for one user on one display: a second start hands over what it was asked to open.

The first start holds a lock file and, once its window is there, listens on a local socket beside it (on
Windows: a named pipe). The lock, not the socket, says who is first: it is taken at once and without a race, a
crashed program's lock is recognised as such, and `QtNetwork`, which takes 15 ms to load, is not needed before
the window is up. Wherever this fails (a read-only place, a name too long for a socket, a first window that
does not answer), the start goes on as if there were no other.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

log = logging.getLogger(__name__)

LISTENING_S = 5.0
"""A first start that does not listen after so long is passed over; it may still be loading."""

ANSWER_S = 3.0
"""A first window that has not answered after so long is stuck, or showing a dialog of the system."""

TAKEN = b"taken\n"

ALONE = "later starts will have windows of their own: %s"

ACTIVATION = "XDG_ACTIVATION_TOKEN"
"""With it, Wayland lets a program raise its window because the user has just started another."""


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What a start was asked to open; nothing at all asks for the window to come forward."""

    paths: tuple[Path, ...] = ()
    model: Path | None = None
    activation: str = ""
    """The value of `ACTIVATION` that the start was given."""

    def encode(self) -> bytes:
        """One line; a name that is no text on Linux survives as JSON's escapes of lone surrogates."""
        model = None if self.model is None else str(self.model)
        words = {"paths": [str(path) for path in self.paths], "model": model, "activation": self.activation}
        return json.dumps(words).encode("ascii") + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> OpenRequest:
        """The reverse; raises `ValueError` where a line is no call."""
        words = json.loads(line)
        try:
            model = None if words["model"] is None else Path(words["model"])
            return cls(tuple(map(Path, words["paths"])), model, str(words["activation"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no call: {line!r}") from error


class SingleInstance(QObject):
    """Where later starts knock. Made by every start: the one that finds it free is the first."""

    called = Signal(OpenRequest)

    def __init__(self, data: Path, parent: QObject | None = None) -> None:
        """`data` is where this copy keeps its things: copies that keep them elsewhere have other doors."""
        super().__init__(parent)
        self._server: QLocalServer | None = None
        folder = _runtime_folder() or data
        name = f"whylight-{_key(data)}"
        self._lock = QLockFile(str(folder / f"{name}.lock"))
        self._lock.setStaleLockTime(0)  # a lock does not age; that of a dead process is not respected anyway
        self.address = name if sys.platform == "win32" else str(folder / f"{name}.socket")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            log.warning(ALONE, error)
        self.is_first = self._lock.tryLock(0)

    @property
    def is_running(self) -> bool:
        """Whether there is a first start, and it is another; False too where nothing can be locked."""
        return not self.is_first and self._lock.error() is QLockFile.LockError.LockFailedError

    def hand_over(self, call: OpenRequest) -> bool:
        """Have the first window open what this start was asked to; False where it does not answer."""
        try:
            from PySide6.QtNetwork import QLocalSocket
        except ImportError as error:
            log.warning("no other window can be reached: %s", error)
            return False
        socket = QLocalSocket()
        deadline = time.monotonic() + LISTENING_S
        socket.connectToServer(self.address)
        while not socket.waitForConnected(1000):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
            socket.connectToServer(self.address)
        socket.write(call.encode())
        deadline = time.monotonic() + ANSWER_S
        while not socket.canReadLine() and time.monotonic() < deadline:
            if not socket.waitForReadyRead(round(1000 * ANSWER_S)):
                break
        taken = socket.canReadLine() and bytes(socket.readLine().data()) == TAKEN
        socket.disconnectFromServer()
        return taken

    def listen_soon(self) -> None:
        """Answer later starts, once the event loop has nothing more urgent to do."""
        if self.is_first:
            QTimer.singleShot(0, self, self._listen)

    def close(self) -> None:
        """Let another start be the first."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _listen(self) -> None:
        try:
            from PySide6.QtNetwork import QLocalServer
        except ImportError as error:
            self._give_up(str(error))
            return
        self._server = server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(self.address)  # left by a crash: whoever listens there holds the lock
        if not server.listen(self.address):
            self._give_up(server.errorString())
            return
        server.newConnection.connect(self._accept_connection)

    def _give_up(self, reason: str) -> None:
        """Have nobody wait for an answer."""
        log.warning(ALONE, reason)
        self._lock.unlock()

    def _accept_connection(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            return
        try:
            call = OpenRequest.decode(bytes(socket.readLine().data()))
        except ValueError as error:
            log.warning("passed over: %s", error)
            socket.disconnectFromServer()
            return
        socket.write(TAKEN)
        socket.flush()
        self.called.emit(call)


def _runtime_folder() -> Path | None:
    """A folder of this user alone for sockets: its path is short, since a socket's has at most 107 bytes.

    Linux has one for each user's session; the folder for temporary files is one on macOS.
    """
    places = (os.environ.get("XDG_RUNTIME_DIR"), os.environ.get("TMPDIR"))
    return next((Path(place) for place in places if place and _is_private(Path(place))), None)


def _is_private(folder: Path) -> bool:
    """Whether this user can write to a folder, and no one else can: it could hold a socket of theirs."""
    if sys.platform == "win32":
        return False  # its pipes are in no folder
    try:
        status = folder.stat()
    except OSError:
        return False
    is_own = status.st_uid == os.getuid() and not status.st_mode & 0o022
    return is_own and os.access(folder, os.W_OK | os.X_OK)


def _key(data: Path) -> str:
    """What tells doors apart: the user's place, and the display that a window would appear on."""
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY", "")
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    where = "\n".join((str(data), display, platform))
    return f"{zlib.crc32(os.fsencode(where)):08x}"
