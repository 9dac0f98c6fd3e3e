"""`python -m trainer` in float32 and without dropout: what is left does not depend on who computes what.

The recipe `modern` measures every epoch here. With WHYLIGHT_STOP=SIGNAL:RANK:TITLE the process of that rank
sends itself a real signal at the first progress of a task that is called so.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace

import torch

import trainer.cli
import trainer.models.modern_cnn
import trainer.recipes.variants
import trainer.run
from trainer.progress.console import ProgressDisplay
from trainer.progress.event import ProgressEvent

_show = ProgressDisplay.show


def _show_and_signal(display: ProgressDisplay, task: ProgressEvent) -> None:
    _show(display, task)
    number, rank, title = os.environ["WHYLIGHT_STOP"].split(":")
    if task.title == title and os.environ.get("RANK", "0") == rank:
        os.kill(os.getpid(), signal.Signals[number])


def main(arguments: Sequence[str]) -> int:
    """The trainer's exit code. It changes the trainer of this process for good."""
    torch.set_num_threads(1)
    trainer.models.modern_cnn.DROPOUT = 0.0
    trainer.recipes.variants.VARIANTS["modern"] = replace(
        trainer.recipes.variants.VARIANTS["modern"], chooses_best=True
    )
    trainer.run.bfloat16_is_fast = lambda _: False
    if "WHYLIGHT_STOP" in os.environ:
        ProgressDisplay.show = _show_and_signal
    return trainer.cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
