"""Processes of the trainer that need not import it, which takes seconds: forked off one that has.

They are processes like any other: with signals, exit codes and memory of their own. That `python -m trainer`
and torchrun start by themselves is tested in `test_cli.py` and `test_processes.py`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

import trainer.run
import trainer.run_report.epoch_writer

Main = Callable[[Sequence[str]], int]
"""What a process runs: given its arguments, it returns the exit code."""

_CONTEXT = get_context("spawn" if sys.platform == "win32" else "forkserver")
_CONTEXT.set_forkserver_preload(["torch._dynamo", "trainer.cli", "trainer.run", "trainer.run_report.build"])


def start(
    main: Main, arguments: Sequence[str], printed: Path, environment: Mapping[str, str] | None = None
) -> BaseProcess:
    """Start `main(arguments)` in a process with one thread, which prints into the file `printed`.

    `main` is found by name, so it has to be a function of a module.
    """
    arguments_of_run = main, list(arguments), printed, dict(environment or {})
    process = _CONTEXT.Process(target=_run, args=arguments_of_run, daemon=True)
    process.start()
    return process


def draw_nothing() -> None:
    """For a `main` whose images nobody looks at: they take longer than the trainings of tests."""
    trainer.run_report.epoch_writer.write_curves = lambda *_: None
    trainer.run.describe = lambda *_: None


def _run(main: Main, arguments: Sequence[str], printed: Path, environment: Mapping[str, str]) -> None:
    file = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.environ.update(environment)
    torch.set_num_threads(1)
    raise SystemExit(main(arguments))
