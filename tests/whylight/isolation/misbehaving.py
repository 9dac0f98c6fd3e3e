"""Tasks that do what a hostile model might do."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import time
from pathlib import Path

from whylight.errors import MissingFactError, UnsupportedOperatorError
from whylight.sandbox.memory import watch_memory
from whylight.steps import READING, begin


def echo(value: object) -> object:
    return value


def allocate(megabytes: int) -> None:
    held = []
    for _ in range(megabytes):
        block = bytearray(2**20)
        block[::4096] = b"x" * len(block[::4096])
        held.append(block)


def allocate_watched(megabytes: int, limit_mb: int) -> None:
    """As on systems whose resource limits know no memory."""
    watch_memory(limit_mb)
    allocate(megabytes)


def hang() -> None:
    while True:
        time.sleep(1)


def spin() -> None:
    while True:
        pass


def step(seconds: float, count: int) -> int:
    """Tell a step again and again."""
    for _ in range(count):
        begin(READING)
        time.sleep(seconds)
    return count


def crash() -> None:
    ctypes.string_at(0)


def abort() -> None:
    os.abort()


def leave() -> None:
    os._exit(3)


def complain() -> None:
    raise ZeroDivisionError("of the library")


def refuse() -> None:
    raise MissingFactError("which of {choices}?", fact="scores", choices=("a", "b"))


def refuse_operator() -> None:
    raise UnsupportedOperatorError("Loop", "node_3")


def connect(port: int) -> dict[str, str]:
    """Try to reach the network in several ways; returns what became of it."""
    found = {}
    for family in ("AF_INET", "AF_INET6"):
        try:
            with socket.socket(getattr(socket, family)) as opened:
                opened.connect(("127.0.0.1" if family == "AF_INET" else "::1", port))
            found[family] = "connected"
        except OSError as error:
            found[family] = errno.errorcode.get(error.errno or 0, "?")
    with socket.socket(socket.AF_UNIX):
        found["AF_UNIX"] = "opened"
    return found


def write(inside: str, outside: str) -> list[str]:
    """Try to write in two folders and to remove a file; returns what became of it."""
    found = []
    for folder in (inside, outside):
        try:
            Path(folder, "new.txt").write_text("x")
            found.append("written")
        except OSError as error:
            found.append(errno.errorcode[error.errno])
    try:
        Path(outside, "kept.txt").unlink()
        found.append("removed")
    except OSError as error:
        found.append(errno.errorcode[error.errno])
    return found


def write_much(path: str) -> None:
    with Path(path).open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 2**20)


def open_many() -> int:
    held = []
    try:
        while len(held) < 10_000:
            held.append(open(os.devnull))  # noqa: SIM115, PTH123
    except OSError:
        count = len(held)
        for file in held:
            file.close()
        return count
    return -1
