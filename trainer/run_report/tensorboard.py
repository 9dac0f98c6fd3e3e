"""TensorBoard event files of a run (`--tensorboard`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from whylight.errors import TrainingError

from ..loop.epoch_metrics import EpochRecord

FOLDER = "tensorboard"
"""Name of the folder within the run folder."""


class EventFiles:
    """Context manager that writes each epoch's metrics.

    Events of an earlier session of the same run are kept, except for epochs that are trained again.
    """

    def __init__(self, run: Path, history: Sequence[EpochRecord]) -> None:
        """`history`: completed epochs. Raises `TrainingError` if tensorboard is missing."""
        check_tensorboard()
        from torch.utils.tensorboard import SummaryWriter

        again = len(history) + 1 if history else None
        self._writer = SummaryWriter(str(run / FOLDER), purge_step=again)

    def __enter__(self) -> EventFiles:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._writer.close()

    def write(self, record: EpochRecord) -> None:
        """Write the metrics of one epoch and flush."""
        scalars = {
            "loss/training": record.train_loss,
            "loss/held out": record.test_loss,
            "accuracy/training, top-1": record.train_top1,
            "accuracy/held out, top-1": record.test_top1,
            "accuracy/held out, mean per class": record.test_mean_per_class,
            "speed/pictures per second": record.pictures_per_second,
            "settings/learning rate": record.learning_rate,
            "settings/picture size": record.picture_size,
        }
        for name, value in scalars.items():
            if value is not None:
                self._writer.add_scalar(name, value, record.epoch)
        self._writer.flush()


def check_tensorboard() -> None:
    """Raise `TrainingError` if event files cannot be written."""
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError as error:
        raise TrainingError(
            "--tensorboard needs the package tensorboard ({reason}): pip install "
            '"whylight[tensorboard]", or pip install -e ".[tensorboard]" in a copy of the source',
            reason=error,
        ) from error
