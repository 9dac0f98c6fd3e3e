"""Child process: confines itself, runs one function, and writes the answer."""

from __future__ import annotations

import importlib
import json
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from whylight.common.atomic_file import write_text
from whylight.errors import Message, WhylightError
from whylight.isolation.process import ANSWER, REQUEST, STEPS
from whylight.sandbox.confine import confine
from whylight.sandbox.messages import encode_error
from whylight.steps import steps_told

_MEMORY_RAN_OUT = re.compile(
    r"bad.?alloc|failed to allocate memory|out of memory|(insufficient|not enough) memory"
    r"|cannot allocate memory",
    re.IGNORECASE,
)


class _Lines(logging.Handler):
    """Collects warnings for the parent."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def main(work: Path) -> int:
    """Run the request in a folder and write the answer there; return the exit status."""
    request = json.loads((work / REQUEST).read_text(encoding="utf-8"))
    confine(
        request["memory_mb"],
        request["open_files"],
        request["file_mb"],
        [Path(path) for path in request["writable"]],
    )
    lines = _Lines()
    logger = logging.getLogger("whylight")
    logger.addHandler(lines)
    logger.propagate = False
    with (work / STEPS).open("a", encoding="utf-8") as steps:

        def tell(step: Message) -> None:
            steps.write(f"{step.template}\n")
            steps.flush()

        with steps_told(tell):
            answer = _answer(request)
    write_text(work / ANSWER, json.dumps({**answer, "log": lines.lines}))
    return 0


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"result": _function(request["task"])(**request["arguments"])}
    except WhylightError as error:
        if _MEMORY_RAN_OUT.search(str(error)):
            return {"memory": str(error)}
        return {"error": encode_error(error)}
    except MemoryError:
        return {"memory": ""}
    except Exception as error:  # whatever a stranger's model makes libraries raise
        if _MEMORY_RAN_OUT.search(str(error)):
            return {"memory": str(error)}
        return {"crash": f"{type(error).__name__}: {error}"}


def _function(task: str) -> Callable[..., Any]:
    module, _, name = task.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found
