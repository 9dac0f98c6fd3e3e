"""The command line of the trainer: `python -m trainer --variant onecycle --dataset caltech101 ...`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import tyro
from rich.console import Console

from explain.errors import WhylightError
from trainer.checkpoint import LAST
from trainer.interrupt import InterruptedRun, StopRequests
from trainer.progress import ProgressDisplay
from trainer.run import run
from trainer.settings import Settings
from trainer.tasks import TaskProgress


def main(argv: Sequence[str] | None = None) -> int:
    """Train; 0 when done, 2 for a user's mistake, 130 or 143 when stopped by a signal."""
    try:
        settings = tyro.cli(Settings, prog="python -m trainer", args=argv)
    except WhylightError as error:
        return _refuse(error)
    try:
        with StopRequests() as requests, ProgressDisplay(Console()) as display:

            def on_progress(task: TaskProgress) -> None:
                display.show(task)
                requests.check()

            run(settings, display.line, on_progress)
    except InterruptedRun as stop:
        resume = " and --resume" if (settings.folder / LAST).exists() else ""
        print(f"{stop}; go on with the same command{resume}", file=sys.stderr)
        return stop.exit_code
    except (WhylightError, OSError) as error:  # the disk is full, the folder is not ours to write in
        return _refuse(error)
    return 0


def _refuse(error: Exception) -> int:
    print(f"error: {error}", file=sys.stderr)
    return 2
