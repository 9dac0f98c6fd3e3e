"""The files of a run folder that people read: run.json, metrics.csv, curves.png, split.json."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import torch
import torchvision
from matplotlib.figure import Figure

from trainer.files import write_text, write_whole
from trainer.records import EpochRecord

mpl.use("Agg")


def versions() -> dict[str, str]:
    """Versions of what can change the result."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "torchvision": str(torchvision.__version__),
        "numpy": np.__version__,
        "opencv": version("opencv-python-headless"),
    }


def machine(device: torch.device) -> dict[str, Any]:
    """What the run is computed on."""
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
    write_text(folder / "run.json", json.dumps(content, indent=2))


def write_metrics(folder: Path, history: Sequence[EpochRecord]) -> None:
    """Write `metrics.csv`, one row an epoch, whole each time: a resumed run leaves no doubled rows."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(EpochRecord)], lineterminator="\n")
    writer.writeheader()
    for record in history:
        writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in asdict(record).items()})
    write_text(folder / "metrics.csv", text.getvalue())


def write_curves(folder: Path, history: Sequence[EpochRecord], title: str) -> None:
    """Write `curves.png`: loss on the left, accuracy on the right, training and held-out parts."""
    epochs = [record.epoch for record in history]
    figure = Figure(figsize=(12, 4.5), layout="constrained")
    losses, accuracies = figure.subplots(1, 2)
    losses.plot(epochs, [r.train_loss for r in history], label="training", marker=".")
    measured = [record for record in history if record.test_top1 is not None]
    measured_at = [record.epoch for record in measured]
    losses.plot(measured_at, [r.test_loss for r in measured], label="held out", marker=".")
    losses.set(xlabel="epoch", ylabel="cross-entropy (nats)", title="Loss")
    accuracies.plot(epochs, [100 * r.train_top1 for r in history], label="training, top-1", marker=".")
    top1 = [100 * (r.test_top1 or 0.0) for r in measured]
    mean_per_class = [100 * (r.test_mean_per_class or 0.0) for r in measured]
    accuracies.plot(measured_at, top1, label="held out, top-1", marker=".")
    accuracies.plot(measured_at, mean_per_class, "--", label="held out, mean per class", marker=".")
    accuracies.set(xlabel="epoch", ylabel="accuracy (%)", title="Accuracy", ylim=(0, 100))
    for axes in (losses, accuracies):
        for before, after in pairwise(history):
            if before.picture_size != after.picture_size:
                axes.axvline(before.epoch + 0.5, color="0.8", linewidth=1)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.suptitle(title)
    write_whole(folder / "curves.png", lambda path: figure.savefig(path, dpi=120, format="png"))
