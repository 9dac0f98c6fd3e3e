"""Single-instance lock and socket: a second start passes its request to the first.

The first start holds a lock file and, when its window is shown, listens on a local socket next to it (on
Windows: a named pipe). The lock, not the socket, decides who is first: it is taken immediately and without a
race, the lock of a crashed program is recognised, and `QtNetwork`, which takes 15 ms to load, is not needed
before the window is shown. If anything fails (read-only folder, socket name too long, no answer), the start
continues as if there were no other. There is one instance per user and display.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

log = logging.getLogger(__name__)

LISTENING_S = 5.0
"""Timeout for a first instance, which may still be loading, to listen."""

ANSWER_S = 3.0
"""Timeout for the answer of the first instance."""

LONGEST_ADDRESS = 100
"""Longest path of a socket in bytes; Linux allows 107 and macOS 103, and Qt adds a few while it binds."""

TAKEN = b"taken\n"

ALONE = "later starts will have windows of their own: %s"

ACTIVATION = "XDG_ACTIVATION_TOKEN"
"""Environment variable with Wayland's activation token, which permits raising a window."""


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """Paths and model to open; an empty request raises the window."""

    paths: tuple[Path, ...] = ()
    model: Path | None = None
    activation: str = ""
    """Value of `ACTIVATION` at the start."""

    def encode(self) -> bytes:
        """Encode as one line of JSON; undecodable file names are escaped."""
        model = None if self.model is None else str(self.model)
        words = {"paths": [str(path) for path in self.paths], "model": model, "activation": self.activation}
        return json.dumps(words).encode("ascii") + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> OpenRequest:
        """Decode a line; raises `ValueError` if it is invalid."""
        words = json.loads(line)
        try:
            model = None if words["model"] is None else Path(words["model"])
            return cls(tuple(map(Path, words["paths"])), model, str(words["activation"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no call: {line!r}") from error


class SingleInstance(QObject):
    """Single-instance lock and socket.

    Created by every start; the one that gets the lock is the first.
    """

    called = Signal(OpenRequest)

    def __init__(self, data: Path, parent: QObject | None = None) -> None:
        """`data` is the data folder; each has its own lock."""
        super().__init__(parent)
        self._server: QLocalServer | None = None
        name = f"whylight-{_key(data)}"
        folder = _socket_folder(data, name)
        self._lock = QLockFile(str(folder / f"{name}.lock"))
        self._lock.setStaleLockTime(0)  # locks do not expire; those of dead processes are ignored
        self.address = name if sys.platform == "win32" else str(folder / f"{name}.socket")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            log.warning(ALONE, error)
        self.is_first = self._lock.tryLock(0)

    @property
    def is_running(self) -> bool:
        """Whether another instance is running; False if locking fails."""
        return not self.is_first and self._lock.error() is QLockFile.LockError.LockFailedError

    def hand_over(self, call: OpenRequest) -> bool:
        """Pass a request to the first instance; return False without an answer."""
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
        """Listen for later starts as soon as the event loop is idle."""
        if self.is_first:
            QTimer.singleShot(0, self, self._listen)

    def close(self) -> None:
        """Release the lock and stop listening."""
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
        QLocalServer.removeServer(self.address)  # left by a crash: this process holds the lock
        if not server.listen(self.address):
            self._give_up(server.errorString())
            return
        server.newConnection.connect(self._accept_connection)

    def _give_up(self, reason: str) -> None:
        """Release the lock, so that no start waits for an answer."""
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


def _socket_folder(data: Path, name: str) -> Path:
    """Return a private folder for a lock and a socket whose path is short enough.

    On Linux it is the session's runtime folder, on macOS the temporary folder; else the data folder, and
    where its path is too long, a folder of this user in the temporary one.
    """
    if sys.platform == "win32":
        return data  # its pipes are in no folder
    places = (os.environ.get("XDG_RUNTIME_DIR"), os.environ.get("TMPDIR"))
    private = [Path(place) for place in places if place and _is_private(Path(place))]
    for folder in (*private, data):
        if len(os.fsencode(folder / f"{name}.socket")) <= LONGEST_ADDRESS:
            return folder
    own = Path(tempfile.gettempdir()) / f"whylight-{os.getuid()}"
    with suppress(OSError):
        own.mkdir(mode=0o700, exist_ok=True)
    return own if _is_private(own) else data


def _is_private(folder: Path) -> bool:
    """Return whether only this user can write to a folder."""
    if sys.platform == "win32":
        return False
    try:
        status = folder.stat()
    except OSError:
        return False
    is_own = status.st_uid == os.getuid() and not status.st_mode & 0o022
    return is_own and os.access(folder, os.W_OK | os.X_OK)


def _key(data: Path) -> str:
    """Return a key of the data folder and the display."""
    display = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY", "")
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    where = "\n".join((str(data), display, platform))
    return f"{zlib.crc32(os.fsencode(where)):08x}"
