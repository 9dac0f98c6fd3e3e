"""The command line of the trainer: `python -m trainer --variant onecycle --dataset caltech101 ...`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import tyro
from rich.console import Console

from explain.errors import WhylightError
from trainer.interrupt import InterruptedRun, StopRequests
from trainer.progress import ProgressDisplay
from trainer.run import run
from trainer.settings import Settings


def main(argv: Sequence[str] | None = None) -> int:
    """Train; 0 when done, 2 for a user's mistake, 130 or 143 when stopped by a signal."""
    try:
        settings = tyro.cli(Settings, prog="python -m trainer", args=argv)
        with StopRequests() as requests, ProgressDisplay(Console()) as display:
            run(settings, display, requests.check)
    except InterruptedRun as stop:
        print(f"{stop}; the run is saved: go on with the same command and --resume", file=sys.stderr)
        return stop.exit_code
    except WhylightError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0
