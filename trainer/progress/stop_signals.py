"""Ctrl-C and SIGTERM as a polite request: finish the step, save, leave."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType


class InterruptedRun(Exception):  # noqa: N818 - a request, not an error
    """The run was asked to stop by a signal."""

    def __init__(self, signum: int) -> None:
        self.signum = signum
        super().__init__(f"stopped by {signal.Signals(signum).name}")

    @property
    def exit_code(self) -> int:
        """130 for SIGINT, 143 for SIGTERM, as shells expect."""
        return 128 + self.signum


class StopSignals:
    """While entered, the first SIGINT or SIGTERM is noted for `check`; a second one acts as usual."""

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
        """From here on no signal acts: the process is leaving, in order, within moments."""
        for number in self._SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self._before = {}

    def check(self, agree: Callable[[int], int] = int) -> None:
        """Raise `InterruptedRun` if a signal has come.

        `agree` is given the signal's number, or 0, and returns what to act on: that of another process, say.
        """
        number = agree(self._received or 0)
        if number:
            raise InterruptedRun(number)
