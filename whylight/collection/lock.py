"""Lock of a report's folder, so that two runs never write to the same one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from whylight.errors import WhylightError

LOCK_NAME = "lock"


class LockedError(WhylightError):
    """Another run is writing to the folder."""


@contextmanager
def locked(work: Path, out: Path) -> Iterator[None]:
    """Context manager that holds the lock of a report's folder.

    The system releases it when the process ends, also when it is killed.

    Args:
        work: existing folder in which the lock's file lies.
        out: the report's folder, for the message.

    Raises:
        LockedError: another run holds it.
    """
    lock = FileLock(work / LOCK_NAME, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(
            "{out}: another run is writing to this folder; wait for its end, or name another folder",
            out=out,
        ) from None
    try:
        yield
    finally:
        lock.release()
