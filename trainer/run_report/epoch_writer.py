"""Per-epoch output: log line, `metrics.csv`, `curves.png` and TensorBoard."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..loop.epoch_metrics import EpochRecord
from ..loop.trainer import Trainer
from .figures import write_curves
from .run_folder import write_metrics
from .tensorboard import EventFiles

SECONDS_BETWEEN_CURVES = 20.0
"""Minimum interval of drawing curves, which takes longer than an epoch of a small data set."""


class EpochWriter:
    """Updates the files of a run after each epoch of `training`."""

    def __init__(
        self,
        folder: Path,
        training: Trainer,
        configuration: Mapping[str, Any],
        tell: Callable[[str], None],
        events: EventFiles | None,
    ) -> None:
        self._folder, self._training, self._emit_filter, self._events = folder, training, tell, events
        self._epochs: int = configuration["epochs"]
        variant, data_set, sizes = (configuration[k] for k in ("variant", "data_set", "size_schedule"))
        self._title = f"{variant} on {data_set}, {sizes}"
        self._drawn_at = -math.inf

    def write(self, record: EpochRecord) -> None:
        """Write all output for the epoch that has just ended."""
        self._emit_filter(_epoch_line(record, self._epochs))
        write_metrics(self._folder, self._training.history)
        if self._events is not None:
            self._events.write(record)
        now = time.monotonic()
        if now - self._drawn_at > SECONDS_BETWEEN_CURVES or record.epoch == self._epochs:
            write_curves(self._folder, self._training.history, self._title)
            self._drawn_at = now


def _epoch_line(record: EpochRecord, epochs: int) -> str:
    line = (
        f"epoch {record.epoch} of {epochs}, {record.picture_size} px: training loss {record.train_loss:.3f}, "
        f"top-1 {record.train_top1:.2%}; "
    )
    if record.test_top1 is not None:
        line += (
            f"held out loss {record.test_loss:.3f}, top-1 {record.test_top1:.2%}, "
            f"mean per class {record.test_mean_per_class:.2%}; "
        )
    return f"{line}{record.pictures_per_second:.1f} images/s"
