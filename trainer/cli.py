"""Command line of the trainer: `python -m trainer --variant onecycle ...`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import tyro
from rich.console import Console

from whylight.errors import WhylightError

from .config import Settings
from .distributed.process_group import init_process_group
from .loop.checkpoint import LAST
from .progress.console import ProgressDisplay
from .progress.event import ProgressEvent
from .progress.stop_signals import InterruptedRun, StopSignals
from .recipes.variants import VARIANTS

PROG = "python -m trainer"
COMMANDS = {"predict": ".predict", "page": ".run_report.build"}
"""Sub-commands that work on a run folder, by name, and the modules whose `main` gets the remaining arguments.

What they need takes seconds to import, and so does what trains: neither `--help` nor a mistyped option waits
for it.
"""


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Train, list the recipes, or run one of `COMMANDS`.

    Returns 0 on success, 2 for invalid input, and 130 or 143 after SIGINT or SIGTERM.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in COMMANDS:
        module = importlib.import_module(COMMANDS[arguments[0]], __package__)
        return int(module.main(arguments[1:], f"{prog} {arguments[0]}"))
    if arguments == ["--variant", "list"]:
        for name, recipe in VARIANTS.items():
            print(f"{name:10}{recipe.summary}")
        return 0
    try:
        settings = tyro.cli(Settings, prog=prog, args=arguments, config=(tyro.conf.FlagCreatePairsOff,))
    except WhylightError as error:
        return _refuse(error)
    from .run import run

    try:
        with (
            init_process_group() as processes,
            StopSignals() as requests,
            ProgressDisplay(Console(quiet=not processes.is_first)) as display,
        ):

            def on_progress(task: ProgressEvent) -> None:
                display.show(task)
                requests.check(processes.largest if task.together else int)

            try:
                run(settings, display.line, on_progress, processes)
            except InterruptedRun as stop:
                if processes.count > 1:  # torchrun signals the others once the first has exited
                    requests.ignore_more()
                if processes.is_first:
                    display.stop()
                    _tell_how_to_go_on(stop, settings)
                return stop.exit_code
    except (WhylightError, OSError) as error:  # for example a full disk, or a folder without write permission
        return _refuse(error)
    return 0


def _tell_how_to_go_on(stop: InterruptedRun, settings: Settings) -> None:
    resume = " and --resume" if (settings.folder / LAST).exists() else ""
    print(f"{stop}; continue with the same command{resume}", file=sys.stderr)


def _refuse(error: Exception) -> int:
    print(f"error: {error}", file=sys.stderr)
    return 2
