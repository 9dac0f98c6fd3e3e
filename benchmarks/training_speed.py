"""Training throughput, compared with a plain loop and with no data loading.

    python -m benchmarks.training_speed --data FOLDER [--variant modern] [--size 128] [--images 384]
        [--rounds 3]

Three contenders train the same network on the same device with the same batch size:

- `ours`: the trainer's loop with its image cache and the recipe's augmentation.
- `synthetic`: the same loop on one prepared batch in device memory, without any loading.
- `plain`: a typical `DataLoader` loop with one worker per CPU that decodes, crops and flips every image in
  every epoch with TorchVision; float32, NCHW, torch's SGD. It augments less than `ours`.

Each is a separate process; they run alternately. One turn is an epoch of `--images` images from FOLDER (class
folders). The start of the workers is not timed, the wait for their first batch is.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from torchvision import transforms
from torchvision.datasets import ImageFolder

import trainer.loop.trainer
from benchmarks.timing import machine, ratio, run_contender, time_alternating
from trainer.data.batches import Batch, Batches, DatasetSlice, Normaliser, Prepare, Share
from trainer.data.cache import open_caches
from trainer.data.image_folder import open_folder
from trainer.data.statistics import Statistics
from trainer.distributed.device import bfloat16_is_fast, choose_device
from trainer.distributed.process_group import SINGLE_PROCESS
from trainer.loop.trainer import Trainer
from trainer.models.report_cnns import build_network
from trainer.recipes.progressive_resizing import ProgressiveResizing
from trainer.recipes.variants import VARIANTS

CONTENDERS = ("ours", "synthetic", "plain")
STATISTICS = Statistics((0.55, 0.53, 0.50), (0.24, 0.24, 0.24))
MANY_EPOCHS = 10_000


def main() -> None:
    """Measure and print a table with its conditions."""
    arguments = _parser().parse_args()
    if arguments.serve:
        run_contender(_contender(arguments))
        return
    with tempfile.TemporaryDirectory() as cache:
        passed = ["--cache", cache]
        for name in ("data", "variant", "size", "pictures", "device"):
            passed += [f"--{name}", str(getattr(arguments, name))]
        times = time_alternating(
            "benchmarks.training_speed", CONTENDERS, passed, rounds=arguments.rounds, repeats=1
        )
    count = arguments.images
    print(f"{machine()}, torch {torch.__version__}, {_device_name(arguments.device)}, {date.today()}")
    recipe = VARIANTS[arguments.variant]
    print(
        f"{arguments.variant} ({recipe.network}), {arguments.size} px, batches of {recipe.batch_size}, "
        f"{count} images a turn, {arguments.rounds} rounds, medians\n"
    )
    print("| contender | images/s | times plain |\n|---|---:|---:|")
    for name, values in times.items():
        speed = 1000 * count / statistics.median(values)
        print(f"| {name} | {speed:.1f} | {ratio(times, 'plain', name):.2f} |")
    print(f"\nOf synthetic data resident on the device: {100 * ratio(times, 'synthetic', 'ours'):.0f} %.")


def _contender(arguments: argparse.Namespace) -> Callable[[], object]:
    device = choose_device(arguments.device, SINGLE_PROCESS)
    images = open_folder(arguments.data)
    chosen = np.linspace(0, len(images.paths) - 1, arguments.images).round().astype(np.int64)
    if arguments.serve == "plain":
        return _plain(arguments, chosen, len(images.classes), device)
    recipe = VARIANTS[arguments.variant]
    labels = np.array(images.labels, np.int64)[chosen]
    part: Batches
    if arguments.serve == "synthetic":
        part = Synthetic.of(labels, arguments.size, recipe.batch_size, device)
    else:
        size = recipe.cached_size(arguments.size)
        kept = images.drop(set(images.paths) - {images.paths[row] for row in chosen.tolist()})
        caches = open_caches(kept, [size], arguments.cache, os.cpu_count() or 1, lambda _: None)
        part = DatasetSlice.of(caches[size], list(zip(kept.paths, kept.labels, strict=True)))
    training = Trainer(
        network=build_network(recipe.network, len(images.classes)),
        recipe=recipe,
        sizes=ProgressiveResizing.constant(arguments.size, MANY_EPOCHS),
        parts={arguments.size: (part, part)},
        normalise=Normaliser.of(STATISTICS, device),
        batch_size=recipe.batch_size,
        seed=42,
        bfloat16=bfloat16_is_fast(device),
        compiled=device.type == "cuda",
        measures_each_epoch=False,
        folder=arguments.cache,
        configuration={},
        on_progress=lambda _: None,
        processes=SINGLE_PROCESS,
    )

    trainer.loop.trainer.SECONDS_BETWEEN_SAVES = math.inf

    def epoch() -> None:
        training.train_epoch()
        training.next_epoch()

    return epoch


@dataclass(frozen=True)
class Synthetic(Batches):
    """One prepared batch on the device, repeated."""

    labels: NDArray[np.int64]
    images: Tensor
    device_labels: Tensor

    @classmethod
    def of(cls, labels: NDArray[np.int64], size: int, batch: int, device: torch.device) -> Synthetic:
        """Create random images in the loader's format: float32, channels last."""
        images = torch.randn(batch, 3, size, size, device=device).to(memory_format=torch.channels_last)
        return cls(labels, images, torch.from_numpy(labels[:batch]).to(device))

    def cut(self, places: NDArray[np.int64]) -> Batch:
        """Return the first images, regardless of `places`."""
        return self.images[: len(places)], self.device_labels[: len(places)]

    def batches(
        self,
        order: NDArray[np.int64],
        batch_size: int,
        prepare: Prepare,  # noqa: ARG002 - already prepared
        *,
        start: int = 0,
        share: Share = np.arange,
    ) -> Iterator[Batch]:
        """Yield as many batches as for real images."""
        return super().batches(order, batch_size, lambda images, _: images, start=start, share=share)


def _plain(
    arguments: argparse.Namespace, chosen: NDArray[np.int64], class_count: int, device: torch.device
) -> Callable[[], object]:
    recipe = VARIANTS[arguments.variant]
    size = [arguments.size, arguments.size]
    resize: list[object] = [transforms.Resize(size)]
    if recipe.augmentation is not None:
        crop = transforms.RandomResizedCrop(size, (recipe.augmentation.smallest_area, 1))
        resize = [crop, transforms.RandomHorizontalFlip()]
    last = [transforms.ToTensor(), transforms.Normalize(STATISTICS.mean, STATISTICS.std)]
    files = ImageFolder(arguments.data, transforms.Compose([*resize, *last]))
    loader = DataLoader(
        Subset(files, chosen.tolist()),
        recipe.batch_size,
        shuffle=True,
        num_workers=os.cpu_count() or 1,
        persistent_workers=True,
        pin_memory=device.type == "cuda",
    )
    network = build_network(recipe.network, class_count).to(device).train()
    loss = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=recipe.weight_decay)

    def epoch() -> None:
        for images, labels in loader:
            optimiser.zero_grad()
            loss(network(images.to(device)), labels.to(device)).backward()
            optimiser.step()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return epoch


def _device_name(name: str) -> str:
    device = choose_device(name, SINGLE_PROCESS)
    return (
        torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="a folder of class folders")
    parser.add_argument("--variant", choices=list(VARIANTS), default="modern")
    parser.add_argument("--size", type=int, default=128, help="pixels a side")
    parser.add_argument("--images", type=int, default=384, help="images a turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--serve", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--cache", type=Path, default=Path(), help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
