"""Graceful stop on Ctrl-C and SIGTERM: finish the step, save and exit."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType


class InterruptedRun(Exception):  # noqa: N818 - a request, not an error
    """Raised when a signal requested the run to stop."""

    def __init__(self, signum: int) -> None:
        self.signum = signum
        super().__init__(f"stopped by {signal.Signals(signum).name}")

    @property
    def exit_code(self) -> int:
        """Exit code of the shell convention: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + self.signum


class StopSignals:
    """Context manager that defers the first SIGINT or SIGTERM until `check`.

    A second signal has its usual effect.
    """

    _SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self._received: int | None = None
        self._before: dict[int, object] = {}

    def __enter__(self) -> StopSignals:
        self._before = {number: signal.signal(number, self._note) for number in self._SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _note(self, signum: int, _: FrameType | None) -> None:
        self._received = signum
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # it came from signal.signal
        self._before = {}

    def ignore_more(self) -> None:
        """Ignore further signals while the process is exiting."""
        for number in self._SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self._before = {}

    def check(self, agree: Callable[[int], int] = int) -> None:
        """Raise `InterruptedRun` if a signal was received.

        `agree` maps the signal number (or 0) to the one to act on, for example the maximum over all
        processes.
        """
        number = agree(self._received or 0)
        if number:
            raise InterruptedRun(number)
