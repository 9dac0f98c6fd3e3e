"""Limits of a child process, by the size of the model it works on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from whylight.errors import ModelError

MEMORY_VARIABLE, TIME_VARIABLE = "WHYLIGHT_MODEL_MEMORY_MB", "WHYLIGHT_MODEL_TIME_S"
"""Environment variables that replace the limits."""

_MEMORY_MB, _MEMORY_A_MB = 3000, 12
"""Memory for any model, and for each megabyte of its files."""
_TIME_S, _TIME_A_MB = 90.0, 1.0
"""Seconds for any model, and for each megabyte of its files."""
_SHARE_OF_MACHINE = 0.9


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a child process."""

    memory_mb: int
    """Memory that it may allocate, in megabytes (2 ** 20 bytes)."""
    time_s: float
    """Seconds for each step that it tells (`whylight.steps`), and before the first."""
    steps: int = 12
    """Steps that start the time anew; an adoption has eight."""
    open_files: int = 256
    file_mb: int = 8192
    """Size of the largest file that it may write, in megabytes."""


def limits_for(model: Path) -> Limits:
    """Return the limits for work on a model file, with the files of its weights.

    Raises:
        ModelError: an environment variable that replaces a limit is no positive number.
    """
    size_mb = _size_of(model) / 2**20
    memory = int(_MEMORY_MB + _MEMORY_A_MB * size_mb)
    if (machine := _machine_mb()) is not None:
        memory = min(memory, int(_SHARE_OF_MACHINE * machine))
    memory_mb = _from_environment(MEMORY_VARIABLE, memory)
    time_s = _from_environment(TIME_VARIABLE, _TIME_S + _TIME_A_MB * size_mb)
    return Limits(int(memory_mb), time_s)


def _size_of(model: Path) -> int:
    """Return the bytes of a model file and of the files of weights named like it."""
    size = 0
    try:
        size = model.stat().st_size
        for entry in os.scandir(model.parent):
            if entry.name != model.name and entry.name.startswith(model.stem) and entry.is_file():
                size += entry.stat().st_size
    except (OSError, ValueError):
        pass
    return size


def _machine_mb() -> float | None:
    """Return the machine's memory in megabytes, where the system says it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
    except (AttributeError, ValueError, OSError):
        return None


def _from_environment(variable: str, default: float) -> float:
    text = os.environ.get(variable)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ModelError(
            "the environment variable {variable} is '{text}'; expected a positive number",
            variable=variable,
            text=text,
        )
    return value
