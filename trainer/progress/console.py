"""Progress on the terminal: a bar with images/s and time left, or plain lines where there is none."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from .event import ProgressEvent, duration

SECONDS_BETWEEN_LINES = 20.0
"""How often a line is written where there is no terminal."""
SECONDS_BETWEEN_REDRAWS = 0.2
"""How often the bar's figures change."""


class ProgressDisplay:
    """Shows one task at a time. A context manager: the bar is drawn while it is entered."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeRemainingColumn(),
            console=console,
            expand=True,
            disable=not console.is_terminal,
        )
        self._begun = ProgressEvent("", 0, 0)
        self._begun_at = 0.0
        self._shown_at = 0.0

    def __enter__(self) -> ProgressDisplay:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Leave the terminal as it was found, with the bar as the last line."""
        self._bar.stop()

    def line(self, text: str) -> None:
        """Write a line that stays."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def show(self, task: ProgressEvent) -> None:
        """Show how far `task` is, now and then."""
        now = time.monotonic()
        if task.title != self._begun.title:
            self._begin(task, now)
            return
        pause = SECONDS_BETWEEN_REDRAWS if self._console.is_terminal else SECONDS_BETWEEN_LINES
        ended = task.done >= task.total
        # The end of a task needs no line of its own; a bar that stops short of it looks broken.
        if (ended and not self._console.is_terminal) or (now - self._shown_at < pause and not ended):
            return
        self._shown_at = now
        rate = (task.done - self._begun.done) / max(now - self._begun_at, 1e-9)
        words = ", ".join(filter(None, [f"{rate:.1f} {task.unit}/s", task.detail()]))
        if self._console.is_terminal:
            self._bar.update(self._bar.task_ids[0], completed=task.done, total=task.total, detail=words)
        else:
            left = f", {duration((task.total - task.done) / rate)} left" if rate else ""
            self.line(f"{task.title}: {task.done} of {task.total} {task.unit}, {words}{left}")

    def _begin(self, task: ProgressEvent, now: float) -> None:
        self._begun = task
        self._begun_at = self._shown_at = now
        for number in self._bar.task_ids:
            self._bar.remove_task(number)
        self._bar.add_task(task.title, completed=task.done, total=task.total, detail="")
