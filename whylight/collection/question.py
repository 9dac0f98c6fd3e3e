"""Question that a report answers: model, method, options; runs are resumed by it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whylight.common.atomic_file import write_text
from whylight.errors import CommandHint, WhylightError

STATE_NAME = "question.json"
FORMAT = 1


class OtherQuestionError(WhylightError):
    """The folder holds an unfinished report that asked another question."""


@dataclass(frozen=True, slots=True)
class State:
    """The question of the results in a folder, and whether all images are done."""

    question: Mapping[str, Any]
    """Plain values by name: the model's hashes, the method, and all options that change a result."""
    finished: bool

    def write(self, folder: Path) -> None:
        """Write the state.

        Raises:
            OSError: the disk refuses.
        """
        record = {"format": FORMAT, "finished": self.finished, "question": self.question}
        write_text(folder / STATE_NAME, json.dumps(record, indent=1))


def read_state(folder: Path) -> State | None:
    """Return the state of the results in a folder; None if there is none to be read."""
    try:
        record = json.loads((folder / STATE_NAME).read_text(encoding="utf-8"))
        if record["format"] == FORMAT and isinstance(record["question"], dict):
            return State(record["question"], bool(record["finished"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def begin(
    work: Path,
    question: Mapping[str, Any],
    out: Path,
    resume: bool | None,
    on_remove: Callable[[Path], None] | None = None,
) -> bool:
    """Prepare a folder of results for a question; return whether it holds some of it.

    Args:
        work: the folder of the results, made if it does not exist. Results of another question are removed.
        question: the question (see `State`).
        out: the report's folder, for messages.
        resume: True to refuse if an unfinished report asked another question, False to remove results even
            of the same question, None to remove those of another one.
        on_remove: called with the folder before results are removed.

    Raises:
        OtherQuestionError: an unfinished report asked another question, and `resume` is True.
        OSError: the disk refuses.
    """
    asked = json.loads(json.dumps(question))
    earlier = read_state(work)
    holds_shards = any(work.rglob("*.jsonl"))
    same = earlier is not None and earlier.question == asked
    if resume and earlier is not None and holds_shards and not same and not earlier.finished:
        raise OtherQuestionError(
            "{out}: holds an unfinished report that asked another question ({differing}). Ask the same again "
            "to continue it, or name another folder{hint}",
            out=out,
            differing=_differing(earlier.question, asked),
            hint=CommandHint(", or replace it with --no-resume"),
        )
    if (resume is False or not same) and work.exists():
        if on_remove is not None:
            on_remove(work)
        for path in work.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.suffix in {".jsonl", ".html", ".json"}:
                path.unlink()
        holds_shards = False
    work.mkdir(parents=True, exist_ok=True)
    State(asked, finished=False).write(work)
    return holds_shards


def _differing(earlier: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    names = [name for name in {**earlier, **asked} if earlier.get(name) != asked.get(name)]
    return ", ".join(
        name if len(str(earlier.get(name))) > 40 else f"{name} {earlier.get(name)}, now {asked.get(name)}"
        for name in names
    )
