"""Start this program again as a child process."""

from __future__ import annotations

import os
import signal
import sys

from whylight.errors import Message

SWITCH = "WHYLIGHT_ISOLATION"
"""Environment variable that turns child processes off if it is `off`."""

MODEL_COMMAND, DECODER_COMMAND = "isolated-task", "isolated-decoder"
"""Hidden sub-commands of `whylight.cli`: `whylight.isolation.child` and `whylight.images.decoder_child`."""


def is_isolated() -> bool:
    """Return whether strangers' data are handled in child processes."""
    return os.environ.get(SWITCH) != "off"


def child_command(*words: str) -> list[str]:
    """Return the command that runs a hidden sub-command of this program."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *words]
    return [sys.executable, "-m", "whylight", *words]


def child_environment() -> dict[str, str]:
    """Return the environment of a child, which imports what this process imports."""
    path = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, "PYTHONPATH": path}


def ending(status: int) -> Message:
    """Return the words for how a child ended: the signal, or its exit status."""
    if status >= 0:
        return Message("exit status {status}", status=status)
    try:
        return Message("{signal}", signal=signal.Signals(-status).name)
    except ValueError:
        return Message("signal {number}", number=-status)
