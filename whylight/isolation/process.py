"""Run a function in a child process with limits.

Request and answer are JSON files in a folder of their own: an app without a console has no streams.
"""

from __future__ import annotations

import json
import logging
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from whylight.common.atomic_file import write_text
from whylight.errors import Message, ModelError, WhylightError
from whylight.isolation.limits import MEMORY_VARIABLE, TIME_VARIABLE, Limits
from whylight.sandbox.messages import decode_error
from whylight.sandbox.program import MODEL_COMMAND, child_command, child_environment, ending
from whylight.steps import begin

REQUEST, ANSWER, COMPLAINTS, STEPS = "request.json", "answer.json", "stderr.txt", "steps.txt"
_POLL_S = 0.02
_LONGEST_COMPLAINT = 300

_log = logging.getLogger("whylight")


class StoppedError(WhylightError):
    """The user stopped the work."""


def run_isolated(
    task: str,
    arguments: Mapping[str, Any],
    limits: Limits,
    *,
    name: str,
    writable: Iterable[Path] = (),
    cancelled: Callable[[], bool] | None = None,
) -> Any:
    """Run a function in a child process and return its answer, plain values.

    Args:
        task: `package.module:function`; it takes `arguments` by name and returns what JSON can hold.
        arguments: plain values.
        limits: limits of the child.
        name: the model, for messages.
        writable: existing folders below which the child may write.
        cancelled: called about fifty times a second; once it returns True the child is ended.

    Raises:
        ModelError: the child exceeded a limit or crashed.
        StoppedError: `cancelled` returned True.
        WhylightError: raised by the function.
    """
    with tempfile.TemporaryDirectory(prefix="whylight-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        request = {
            "task": task,
            "arguments": dict(arguments),
            "memory_mb": limits.memory_mb,
            "open_files": limits.open_files,
            "file_mb": limits.file_mb,
            "writable": [str(path) for path in (work, *writable)],
        }
        write_text(work / REQUEST, json.dumps(request))
        status = _run(work, limits, name, cancelled)
        answer = _answer(work)
        if answer is None:
            raise _died(status, name, limits, work)
    for line in answer.get("log", ()):
        _log.warning("%s", line)
    if "error" in answer:
        raise decode_error(answer["error"])
    if "memory" in answer:
        raise _too_much_memory(name, limits)
    if "crash" in answer:
        raise ModelError(
            "{name}: cannot be used: {reason}", name=name, reason=str(answer["crash"])[:_LONGEST_COMPLAINT]
        )
    return answer["result"]


def _run(work: Path, limits: Limits, name: str, cancelled: Callable[[], bool] | None) -> int:
    """Run the child to its end and return its exit status."""
    begun = time.monotonic()
    with (work / COMPLAINTS).open("wb") as complaints:
        process = subprocess.Popen(
            child_command(MODEL_COMMAND, str(work)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            env=child_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        told = 0
        try:
            while True:
                try:
                    return process.wait(_POLL_S)
                except subprocess.TimeoutExpired:
                    pass
                for step in _steps(work)[told : limits.steps]:
                    told += 1
                    begun = time.monotonic()
                    begin(Message(step))
                if time.monotonic() - begun > limits.time_s:
                    raise ModelError(
                        "{name}: one step was not done after {seconds:,.0f} s, the limit for a model of this "
                        "size. It may never end, or this machine is slow: the environment variable "
                        "{variable} sets another limit",
                        name=name,
                        seconds=limits.time_s,
                        variable=TIME_VARIABLE,
                    )
                if cancelled is not None and cancelled():
                    raise StoppedError("stopped")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _steps(work: Path) -> list[str]:
    """Return the steps (`whylight.steps`) that the child has begun."""
    try:
        return (work / STEPS).read_text(encoding="utf-8").split("\n")[:-1]
    except OSError:
        return []


def _answer(work: Path) -> dict[str, Any] | None:
    try:
        answer = json.loads((work / ANSWER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return answer if isinstance(answer, dict) else None


def _too_much_memory(name: str, limits: Limits) -> ModelError:
    return ModelError(
        "{name}: needs more than {limit:,} MiB of memory, the limit for a model of this size; the "
        "environment variable {variable} sets another",
        name=name,
        limit=limits.memory_mb,
        variable=MEMORY_VARIABLE,
    )


def _died(status: int, name: str, limits: Limits, work: Path) -> ModelError:
    """Return the error for a child that ended without an answer."""
    try:
        said = (work / COMPLAINTS).read_bytes().decode("utf-8", "replace")
    except OSError:
        said = ""
    if "bad_alloc" in said or "MemoryError" in said or "Cannot allocate memory" in said:
        return _too_much_memory(name, limits)
    return ModelError(
        "{name}: the process that tried this model crashed ({how}); the model was not opened",
        name=name,
        how=ending(status),
    )
