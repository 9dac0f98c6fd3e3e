"""Checkpoints: `last.pt`, to resume a run, and `best.pt`, the trained network.

Both contain only tensors and plain Python values and are loaded with `weights_only=True`, so loading a
foreign checkpoint cannot run code.
"""

from __future__ import annotations

import math
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from whylight.common.atomic_file import write_whole
from whylight.errors import TrainingError

from ..data.batches import Normaliser
from ..data.split import Split
from ..data.statistics import Statistics
from ..models.report_cnns import build_network, target_layer
from ..recipes.variants import chooses_best

FORMAT = 1
"""Version of the format of both files."""
BEST = "best.pt"
LAST = "last.pt"
SPLIT = "split.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A trained network with the facts that prediction and export need."""

    network: nn.Module
    """The network in evaluation mode, float32, on the CPU."""
    network_name: str
    """Name in `trainer.models.report_cnns.NETWORKS`, or of a backbone (`trainer.models.backbones`)."""
    classes: tuple[str, ...]
    """Class names in the order of the logits."""
    mean: tuple[float, float, float]
    """Mean of each RGB channel, for pixels in 0..1."""
    std: tuple[float, float, float]
    """Standard deviation of each RGB channel, for pixels in 0..1."""
    image_size: int
    """Height and width in pixels to which images are resized."""
    target_layer: str
    """Name of the last convolution in `network.named_modules()`."""
    accuracy: Mapping[str, float]
    """Accuracies on the held-out part, as fractions of one: `top1`, `mean_per_class`."""
    configuration: Mapping[str, Any]
    """Training configuration: `variant`, `data_set`, `attribution`, `seed`, `split_seed`, `split_sha256`,
    `epochs`, `best_epoch`, `size_schedule` (as text), `batch_size`, `versions`."""
    split: Split
    """File names and labels of the training and held-out parts, relative to `data_root`."""
    data_root: Path
    """Folder of the images at the time of training."""

    @property
    def normalise(self) -> Normaliser:
        """The normaliser of pixels for the network, on the CPU."""
        return Normaliser.of(Statistics(self.mean, self.std), torch.device("cpu"))


def save_best(
    folder: Path,
    *,
    network: nn.Module,
    configuration: Mapping[str, Any],
    best_epoch: int,
    accuracy: Mapping[str, float],
) -> None:
    """Write `folder/best.pt`; `configuration` is that of the run (`trainer.run`)."""
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    content = {
        "format": FORMAT,
        "network": weights,
        "configuration": dict(configuration) | {"best_epoch": best_epoch},
        "accuracy": dict(accuracy),
    }
    write_checkpoint(folder / BEST, content)


def write_checkpoint(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` to `path` atomically; raises `TrainingError` if writing fails."""
    try:
        write_whole(path, lambda beside: torch.save(dict(content), beside))
    except (OSError, RuntimeError) as error:  # torch raises RuntimeError for a full disk
        raise TrainingError(
            "cannot write {path}: {reason}. What was saved before is as it was: make room, then go "
            "on with the same command and --resume",
            path=path,
            reason=error,
        ) from error


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Load a checkpoint to the CPU; raises `TrainingError` if missing or invalid."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise TrainingError(
            "there is no {path}: expected the checkpoint of a training run", path=path
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise TrainingError("cannot read the checkpoint {path}: {reason}", path=path, reason=error) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise TrainingError(
            "{path} is no checkpoint of this trainer (expected format {format})", path=path, format=FORMAT
        )
    return content


def load_last(run: Path) -> dict[str, Any]:
    """Load `run/last.pt`; raises as `load_checkpoint` does.

    Checkpoints of earlier versions, which lack several processes, averaged weights or options, are
    converted to the current names.
    """
    content = load_checkpoint(run / LAST)
    if "random_states" not in content:
        cuda = content.pop("cuda_random_state")
        content["random_states"] = [content.pop("random_state")]
        content["cuda_random_states"] = None if cuda is None else [cuda]
        content["average"] = None
        content["configuration"] = {"validate": False} | content["configuration"]
    before_finetuning = {
        "starts_from": "nothing",
        "early_stopping": None,
        "balance": False,
        "augment": False,
        "per_class": None,
        "chooses_best": chooses_best(content["configuration"]),
    }
    content["configuration"] = before_finetuning | content["configuration"]
    return content


def same_setting(found: object, wanted: object) -> bool:
    """Return whether two settings are equal; lists of floats within 1e-6.

    Statistics of a data set may have been summed in another order.
    """
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        return all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(found, wanted, strict=True))
    return found == wanted


def load_trained(run: Path) -> Checkpoint:
    """Load the best network of the run folder `run`.

    Raises `TrainingError` if a file is missing or does not match.
    """
    content = load_checkpoint(run / BEST)
    split = Split.load(run / SPLIT)
    configuration = content["configuration"]
    if split.sha256 != configuration["split_sha256"]:
        raise TrainingError(
            "{split} is not the split that {checkpoint} was trained on",
            split=run / SPLIT,
            checkpoint=run / BEST,
        )
    network = build_network(configuration["network"], len(split.classes))
    try:
        network.load_state_dict(content["network"])
    except RuntimeError as error:
        raise TrainingError(
            "the weights in {checkpoint} do not fit the network: {reason}",
            checkpoint=run / BEST,
            reason=error,
        ) from error
    return Checkpoint(
        network=network.eval(),
        network_name=configuration["network"],
        classes=split.classes,
        mean=tuple(configuration["mean"]),
        std=tuple(configuration["std"]),
        image_size=configuration["image_size"],
        target_layer=target_layer(configuration["network"], network, configuration["image_size"]),
        accuracy=content["accuracy"],
        configuration=configuration,
        split=split,
        data_root=Path(configuration["data_root"]),
    )
