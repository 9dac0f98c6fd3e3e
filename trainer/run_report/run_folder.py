"""Settings and results in a run folder: `run.json` and `metrics.csv`."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from whylight.common.atomic_file import write_text
from whylight.errors import TrainingError

from ..loop.epoch_metrics import EpochRecord

RUN = "run.json"
METRICS = "metrics.csv"


def versions() -> dict[str, str]:
    """Return versions of the packages that can affect results."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "torchvision": version("torchvision"),
        "numpy": np.__version__,
        "opencv": version("opencv-python-headless"),
    }


def machine(device: torch.device) -> dict[str, Any]:
    """Describe the machine and device of a run."""
    facts: dict[str, Any] = {
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": str(device),
    }
    if device.type == "cuda":
        facts["gpu"] = torch.cuda.get_device_name(device)
    return facts


def write_run(folder: Path, content: Mapping[str, Any]) -> None:
    """Write `run.json`: configuration, machine and, at the end, the accuracy."""
    write_text(folder / RUN, json.dumps(content, indent=2))


def write_metrics(folder: Path, history: Sequence[EpochRecord]) -> None:
    """Write `metrics.csv`, one row per epoch.

    The whole file is rewritten, so a resumed run has no duplicate rows.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(EpochRecord)], lineterminator="\n")
    writer.writeheader()
    for record in history:
        writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in asdict(record).items()})
    write_text(folder / METRICS, text.getvalue())


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """Contents of the folder of a finished run."""

    folder: Path
    facts: dict[str, Any]
    """`run.json`: `configuration`, `machine`, `best_epoch`, `accuracy`."""
    history: tuple[EpochRecord, ...]
    """`metrics.csv`."""

    @classmethod
    def read(cls, folder: Path) -> FinishedRun:
        """Read `folder`; raises `TrainingError` if it holds no finished run."""
        try:
            facts = json.loads((folder / RUN).read_text(encoding="utf-8"))
            with (folder / METRICS).open(encoding="utf-8", newline="") as file:
                history = tuple(_record(row) for row in csv.DictReader(file))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                "{folder} is no run folder: {reason}", folder=folder, reason=repr(error)
            ) from error
        if "accuracy" not in facts:
            raise TrainingError("the run in {folder} has not ended: go on with --resume first", folder=folder)
        return cls(folder, facts, history)

    @classmethod
    def is_in(cls, folder: Path) -> bool:
        """Return whether `folder` holds a finished run."""
        try:
            cls.read(folder)
        except TrainingError:
            return False
        return True

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.folder.resolve().name

    @property
    def configuration(self) -> dict[str, Any]:
        """Configuration of the training (`trainer.run`)."""
        found: dict[str, Any] = self.facts["configuration"]
        return found

    @property
    def hours(self) -> float:
        """Duration of the training steps in hours."""
        return sum(record.seconds for record in self.history) / 3600

    @property
    def computer(self) -> str:
        """Short description of the machine."""
        machine = self.facts["machine"]
        processors = f"{_count(machine['processors'], 'processor')}, {_count(machine['threads'], 'thread')}"
        words = str(machine.get("gpu", processors))
        processes = machine.get("processes", 1)  # missing in the first runs
        return f"{words}, {processes} processes" if processes > 1 else words


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _record(row: Mapping[str, str]) -> EpochRecord:
    values: dict[str, Any] = {}
    for field in fields(EpochRecord):
        text = row[field.name]
        kind = int if field.name in ("epoch", "picture_size") else float
        values[field.name] = kind(text) if text else None
    return EpochRecord(**values)
