"""Progress in the terminal: a bar, or plain lines if output is not a terminal."""

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
"""Interval of progress lines if output is not a terminal."""
SECONDS_BETWEEN_REDRAWS = 0.2
"""Interval of updates of the bar."""


class ProgressDisplay:
    """Context manager that displays the progress of one task at a time."""

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
        """Restore the terminal, leaving the bar as the last line."""
        self._bar.stop()

    def line(self, text: str) -> None:
        """Print a line above the bar."""
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def show(self, task: ProgressEvent) -> None:
        """Show the progress of `task`, rate-limited."""
        now = time.monotonic()
        if task.title != self._begun.title:
            self._begin(task, now)
            return
        pause = SECONDS_BETWEEN_REDRAWS if self._console.is_terminal else SECONDS_BETWEEN_LINES
        ended = task.done >= task.total
        # Always draw the end of a bar, but print no line for it.
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
