"""The argument parser, progress and interrupts, common to the sub-commands."""

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
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from whylight.report import Progress

_LINE_EVERY_S = 2.0
"""How often progress is told where it cannot update one line."""


class Parser(argparse.ArgumentParser):
    """An argument parser that takes no abbreviated options, and names the nearest one for a misspelt one."""

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


class ProgressLine:
    """Progress on a terminal: one line, written over."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._measuring = False

    def __call__(self, progress: Progress) -> None:
        """Show where the report is."""
        if self._measuring and not progress.measuring:
            self._started = time.perf_counter()  # drawing takes longer than looking
        self._measuring = progress.measuring
        elapsed_s = time.perf_counter() - self._started
        left_s = elapsed_s / progress.done * (progress.total - progress.done)
        rate = progress.done / max(elapsed_s, 1e-9)
        counts = f"{progress.done:,}/{progress.total:,}  {rate:.1f} images/s  {left_s:.0f} s left"
        failed = f"  {progress.failed:,} failed" if progress.failed else ""
        text = f"{_stage(progress)}{counts}{failed}  {printable(progress.path.name)}"
        self._write(text[: shutil.get_terminal_size().columns - 1])

    def end(self) -> None:
        """Clear the line."""
        self._write("")

    def _write(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


class ProgressLines:
    """Progress into a file or a pipe: a line now and then."""

    def __init__(self) -> None:
        self._told = time.perf_counter()

    def __call__(self, progress: Progress) -> None:
        """Tell where the report is, if it is time to."""
        now = time.perf_counter()
        if now - self._told >= _LINE_EVERY_S or progress.done == progress.total:
            self._told = now
            print(
                f"{_stage(progress)}{progress.done:,}/{progress.total:,} images",
                file=sys.stderr,
                flush=True,
            )

    def end(self) -> None:
        """Nothing is left to clear."""


def _stage(progress: Progress) -> str:
    return "looking for the scale: " if progress.measuring else ""


def printable(text: str) -> str:
    """`text` without the control characters that a file name may hold."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def progress_display() -> ProgressLine | ProgressLines:
    """One line, written over, on a terminal; a line now and then elsewhere."""
    return ProgressLine() if sys.stderr.isatty() else ProgressLines()


@contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Ctrl-C asks for an end after the image at hand; a second Ctrl-C ends at once."""
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
