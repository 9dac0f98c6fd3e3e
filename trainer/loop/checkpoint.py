"""Checkpoints: `last.pt`, from which a run goes on, and `best.pt`, the trained network.

Both hold tensors and plain Python values only and are loaded with `weights_only=True`, so that opening
somebody else's checkpoint runs no code of theirs.
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
from ..models.report_cnns import TARGET_LAYERS, build_network

FORMAT = 1
"""Version of both files' contents."""
BEST = "best.pt"
LAST = "last.pt"
SPLIT = "split.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A trained network and all that is known about it, as the exporter needs it."""

    network: nn.Module
    """In evaluation mode, float32, on the CPU."""
    network_name: str
    """Name in `trainer.models.report_cnns.NETWORKS`."""
    classes: tuple[str, ...]
    """Class names in the order of the logits."""
    mean: tuple[float, float, float]
    """Per channel, RGB, of pixels in 0..1."""
    std: tuple[float, float, float]
    """Per channel, RGB, of pixels in 0..1."""
    image_size: int
    """Height and width in pixels that images are resized to."""
    target_layer: str
    """Name of the last convolution in `network.named_modules()`."""
    accuracy: Mapping[str, float]
    """On the held-out part, as fractions of one: `top1`, `mean_per_class`."""
    configuration: Mapping[str, Any]
    """How it was trained: `variant`, `data_set`, `attribution`, `seed`, `split_seed`, `split_sha256`,
    `epochs`, `best_epoch`, `size_schedule` (in words), `batch_size`, `versions`."""
    split: Split
    """File names and labels of the training and held-out parts, relative to `data_root`."""
    data_root: Path
    """The folder of the images, where they were at training."""

    @property
    def normalise(self) -> Normaliser:
        """Turns pixels into what the network takes, on the CPU."""
        return Normaliser.of(Statistics(self.mean, self.std), torch.device("cpu"))


def save_best(
    folder: Path,
    *,
    network: nn.Module,
    configuration: Mapping[str, Any],
    best_epoch: int,
    accuracy: Mapping[str, float],
) -> None:
    """Write `folder/best.pt`; `configuration` is the run's (`trainer.run`)."""
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    content = {
        "format": FORMAT,
        "network": weights,
        "configuration": dict(configuration) | {"best_epoch": best_epoch},
        "accuracy": dict(accuracy),
    }
    write_checkpoint(folder / BEST, content)


def write_checkpoint(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` to `path`, whole or not at all; `TrainingError` if the disk is full, say."""
    try:
        write_whole(path, lambda beside: torch.save(dict(content), beside))
    except (OSError, RuntimeError) as error:  # torch tells of a full disk by a RuntimeError
        raise TrainingError(
            "cannot write {path}: {reason}. What was saved before is as it was: make room, then go "
            "on with the same command and --resume",
            path=path,
            reason=error,
        ) from error


def load_checkpoint(path: Path) -> dict[str, Any]:
    """The contents of a checkpoint, on the CPU; `TrainingError` if it is missing or is none of ours."""
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
    """The contents of `run/last.pt`; may raise as `load_checkpoint` does.

    The first runs knew neither several processes nor averaged weights nor `--validate`: theirs are given the
    names and values of today.
    """
    content = load_checkpoint(run / LAST)
    if "random_states" not in content:
        cuda = content.pop("cuda_random_state")
        content["random_states"] = [content.pop("random_state")]
        content["cuda_random_states"] = None if cuda is None else [cuda]
        content["average"] = None
        content["configuration"] = {"validate": False} | content["configuration"]
    return content


def same_setting(found: object, wanted: object) -> bool:
    """Whether a setting is the same; the colours of a data set may have been summed up in another order."""
    if isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        return all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(found, wanted, strict=True))
    return found == wanted


def load_trained(run: Path) -> Checkpoint:
    """The best network of the run folder `run`; `TrainingError` if a file is missing or does not fit."""
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
        target_layer=TARGET_LAYERS[configuration["network"]],
        accuracy=content["accuracy"],
        configuration=configuration,
        split=split,
        data_root=Path(configuration["data_root"]),
    )
