"""Argument parser, progress and interrupts shared by the sub-commands."""

from __future__ import annotations

import argparse
import difflib
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, Self

if TYPE_CHECKING:
    from whylight.report import Progress

_LINE_EVERY_S = 2.0
"""Interval of progress lines if output is not a terminal."""


class Parser(argparse.ArgumentParser):
    """Argument parser without abbreviations that suggests names for misspelt options."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with status 2."""
        prefix, _, words = message.partition("unrecognized arguments: ")
        unknown = [word.partition("=")[0] for word in words.split() if word.startswith("-")]
        for word in unknown if not prefix else []:
            if near := difflib.get_close_matches(word, self._option_string_actions, n=1):
                message += f"; did you mean {near[0]}?"
        super().error(message)


class Rate:
    """Images per second of this run, and the time left."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._measuring = False

    def words(self, progress: Progress) -> str:
        """Return counts, rate and time left."""
        if self._measuring and not progress.measuring:
            self._started = self._clock()  # the second pass is slower than the first
        self._measuring = progress.measuring
        elapsed_s = self._clock() - self._started
        new = progress.done - progress.earlier
        rate = new / max(elapsed_s, 1e-9)
        counts = f"{progress.done:,}/{progress.total:,}{'' if progress.counted else '+'}"
        if not new:
            return counts
        if not progress.counted:
            return f"{counts}  {rate:.1f} images/s  counting"
        return f"{counts}  {rate:.1f} images/s  {_duration((progress.total - progress.done) / rate)} left"


def _duration(seconds: float) -> str:
    """Return a duration as text: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


class ProgressLine:
    """Progress on a terminal: one line that is overwritten."""

    def __init__(self) -> None:
        self._rate = Rate()

    def __call__(self, progress: Progress) -> None:
        """Show the progress of the report."""
        failed = f"  {progress.failed:,} failed" if progress.failed else ""
        words = self._rate.words(progress)
        _overwrite(f"{_stage(progress)}{words}{failed}  {printable(progress.path.name)}")

    def end(self) -> None:
        """Clear the line."""
        _overwrite("")


class ProgressLines:
    """Progress for files and pipes: a line at intervals."""

    def __init__(self) -> None:
        self._told = time.monotonic()
        self._rate = Rate()

    def __call__(self, progress: Progress) -> None:
        """Print the progress of the report, rate-limited."""
        now = time.monotonic()
        words = self._rate.words(progress)
        if now - self._told >= _LINE_EVERY_S or (progress.done == progress.total and progress.counted):
            if progress.done == progress.total:
                words = f"{progress.done:,}/{progress.total:,} images"
            self._told = now
            print(f"{_stage(progress)}{words}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Do nothing; there is no line to clear."""


class StepLine:
    """Steps of a long command: one line on a terminal, else several.

    As a context manager it clears the line in the end. Elsewhere than on a terminal, quick commands say
    nothing.
    """

    def __init__(self) -> None:
        self._started = self._told = time.perf_counter()

    def __call__(self, step: str) -> None:
        """Show the step that begins."""
        now = time.perf_counter()
        if sys.stderr.isatty():
            _overwrite(f"{step} ... ({now - self._started:.0f} s)")
        elif now - self._told >= _LINE_EVERY_S:
            self._told = now
            print(f"{step} ...", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty():
            _overwrite("")


def _overwrite(text: str) -> None:
    sys.stderr.write(f"\r\x1b[K{text[: shutil.get_terminal_size().columns - 1]}")
    sys.stderr.flush()


def _stage(progress: Progress) -> str:
    return "looking for the scale: " if progress.measuring else ""


def printable(text: str) -> str:
    """Return `text` with control characters replaced."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def progress_display() -> ProgressLine | ProgressLines:
    """Return a progress line for terminals, or progress lines otherwise."""
    return ProgressLine() if sys.stderr.isatty() else ProgressLines()


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Context manager in which Ctrl-C requests a stop after the current image.

    A second Ctrl-C stops immediately.
    """
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    previous = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, previous)
