"""Progress on the terminal: a bar with pictures/s and time left, or plain lines where there is none."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

SECONDS_BETWEEN_LINES = 20.0
"""How often a line is written where there is no terminal."""


class ProgressDisplay:
    """One task at a time, of a known number of pictures. Enter it; `begin` a task; `advance_to` a count."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._title = ""
        self._total = 0
        self._begun_at = 0.0
        self._begun_with = 0
        self._shown_at = 0.0

    def __enter__(self) -> ProgressDisplay:
        if self._console.is_terminal:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[detail]}"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=self._console,
            )
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def line(self, text: str) -> None:
        """Write a line that stays."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def begin(self, title: str, total: int, done: int = 0) -> None:
        """Start the task `title` of `total` pictures, `done` of which were done before."""
        self._title, self._total = title, total
        self._begun_at = self._shown_at = time.monotonic()
        self._begun_with = done
        if self._bar is not None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(title, total=total, completed=done, detail="")

    def advance_to(self, done: int, detail: Callable[[], str] = str) -> None:
        """`done` pictures of the task are done; `detail` is called when there is something to show."""
        now = time.monotonic()
        pause = 0.2 if self._bar is not None else SECONDS_BETWEEN_LINES
        if now - self._shown_at < pause and done < self._total:
            return
        self._shown_at = now
        rate = (done - self._begun_with) / max(now - self._begun_at, 1e-9)
        words = f"{rate:.1f} pictures/s {detail()}".rstrip()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, detail=words)
        else:
            left = math.ceil((self._total - done) / max(rate, 1e-9))
            self.line(f"{self._title}: {done} of {self._total}, {words}, {left} s left")
