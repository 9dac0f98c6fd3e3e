"""Training loop that can stop after any step and resume exactly."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from whylight.errors import TrainingError

from ..data.batches import Batches, Batching, Normaliser, epoch_order
from ..data.gpu_dataset import to_device
from ..distributed.process_group import ProcessGroup
from ..models.backbones import head_of
from ..progress.event import OnProgress, ProgressEvent, duration
from ..recipes.progressive_resizing import ProgressiveResizing
from ..recipes.recipe import Recipe
from .checkpoint import FORMAT, LAST, load_last, same_setting, save_best, write_checkpoint
from .epoch_metrics import EpochRecord
from .evaluate import Evaluation, classify
from .head_fit import MOST_STEPS, features_file, fit_head, read_features
from .train_step import TrainStep

BALANCE = 0.5
"""Weight of the logarithm of the classes' shares with `balance`; 1 would aim at the mean per class alone."""
SECONDS_BETWEEN_SAVES = 120.0
"""Interval of checkpoints within an epoch."""


class Trainer:
    """One training run: iterate over `run()`, or call `resume()` first to continue.

    On a CPU with a fixed number of threads, a resumed run gives bit-identical results to an uninterrupted
    one: the order of images and the rates are functions of seed and step, and the checkpoint holds the
    weights, optimiser, random state and running sums of the epoch.
    """

    def __init__(
        self,
        *,
        network: nn.Module,
        recipe: Recipe,
        sizes: ProgressiveResizing,
        parts: Mapping[int, tuple[Batches, Batches]],
        normalise: Normaliser,
        batch_size: int,
        seed: int,
        bfloat16: bool,
        compiled: bool,
        measures_each_epoch: bool,
        folder: Path,
        configuration: Mapping[str, Any],
        on_progress: OnProgress,
        processes: ProcessGroup,
        early_stopping: int | None = None,
        balance: bool = False,
        head_images: Batches | None = None,
        cache: Path | None = None,
    ) -> None:
        """`early_stopping`: stop after so many epochs without a better one.

        The best is then kept.

        `balance`: correct for unequal numbers of images (see `log_prior`). `head_images`: training images at
        the size of use, for the fit of the last layer; `cache`: folder for their features.

        `parts`: training and held-out part per size in `sizes`.

        `compiled`: whether full batches use `torch.compile`, once per image size. `on_progress` may raise to
        stop.
        """
        self.history: list[EpochRecord] = []
        self._batching = Batching(len(parts[sizes.final_size][0]), batch_size)
        self._stepper = TrainStep(
            network,
            recipe,
            sizes=sizes,
            batching=self._batching,
            normalise=normalise,
            seed=seed,
            bfloat16=bfloat16,
            compiled=compiled,
            processes=processes,
            log_prior=self._log_prior(parts[sizes.final_size][0], network) if balance else None,
        )
        self._early_stopping, self._head_images, self._cache = early_stopping, head_images, cache
        self._chooses_best = recipe.chooses_best or early_stopping is not None
        self._device = normalise.mean.device
        self._recipe, self._sizes, self._parts, self._normalise = recipe, sizes, parts, normalise
        self._placed: tuple[int, Batches, Batches] | None = None
        self._seed, self._bfloat16 = seed, bfloat16
        self._measures_each_epoch = measures_each_epoch
        self._folder, self._configuration, self._on_progress = folder, configuration, on_progress
        self._processes = processes
        self._epoch = 0
        self._batch = 0
        self._seconds = 0.0
        # Sums over this process's images, kept on the device: reading them after every step would
        # synchronise with the GPU.
        self._loss_sum = torch.zeros((), dtype=torch.float64, device=self._device)
        self._right = torch.zeros((), dtype=torch.int64, device=self._device)
        self._saved_at = time.monotonic()

    @property
    def best_epoch(self) -> EpochRecord | None:
        """The evaluated epoch at the final image size with the best held-out accuracy."""
        final = [record for record in self.history if record.picture_size == self._sizes.final_size]
        measured = [record for record in final if record.test_top1 is not None]
        if not self._chooses_best:
            measured = [record for record in measured if record.epoch == self._sizes.epochs]
        return max(measured, key=lambda record: record.test_top1 or 0.0, default=None)

    def run(self) -> Iterator[EpochRecord]:
        """Train to the end, yielding after every epoch.

        Checkpoints are saved after every epoch and every `SECONDS_BETWEEN_SAVES` within it.
        """
        while self._epoch < self._sizes.epochs and not self._has_stopped:
            if self._recipe.is_finetuning and self._epoch == 0:
                self._fit_head()
            else:
                self.train_epoch()
            yield self._finish_epoch()

    @property
    def _has_stopped(self) -> bool:
        """Whether the last epochs were no better than an earlier one."""
        best = self.best_epoch
        patience = self._early_stopping
        return patience is not None and best is not None and self._epoch - best.epoch >= patience

    @staticmethod
    def _log_prior(train: Batches, network: nn.Module) -> Tensor:
        """`BALANCE` times the logarithm of each class's share of the images, `[K]`."""
        _, head = head_of(network)
        counts = np.bincount(train.labels, minlength=head.out_features)
        return torch.from_numpy(BALANCE * np.log(np.maximum(counts, 1) / counts.sum())).float()

    def _fit_head(self) -> None:
        """Fit the last layer to frozen features, in place of the steps of the first epoch."""
        if self._head_images is None:
            raise RuntimeError("a recipe that starts from trained weights needs the images of its head")
        started = time.monotonic()
        _, head = head_of(self._stepper.network)
        labels = torch.from_numpy(self._head_images.labels)
        weight, bias = (torch.zeros_like(tensor, device="cpu") for tensor in (head.weight, head.bias))
        if self._processes.is_first:
            depends_on = ("network", "image_size", "split_sha256", "data_root")
            facts = [self._configuration[name] for name in depends_on]
            features = read_features(
                self._stepper.network.eval(),
                head,
                self._head_images,
                self._normalise,
                self._on_progress,
                None if self._cache is None else features_file(self._cache, *facts),
            )
            fitted = fit_head(
                features,
                labels.repeat(2),
                len(head.weight),
                on_step=lambda step, _: self._on_progress(
                    ProgressEvent("Fitting the last layer", min(step, MOST_STEPS), MOST_STEPS)
                ),
            )
            weight, bias = fitted.weight, fitted.bias
            if self._stepper.log_prior is not None:
                bias = bias - self._stepper.log_prior.cpu()
            self._loss_sum += fitted.loss * len(labels)
            self._right += round(fitted.right * len(labels))
        self._stepper.set_head(head, self._processes.total(weight), self._processes.total(bias))
        self._batch = len(self._batching)
        self._seconds = time.monotonic() - started

    def _images_seen(self) -> int:
        return self._batching.seen(self._batch)

    def _running_loss(self) -> float:
        """Mean loss over the images this process has seen in this epoch."""
        return self._loss_sum.item() * self._processes.count / self._images_seen()

    def _parts_at(self, size: int) -> tuple[Batches, Batches]:
        """Return the parts for `size` on the device, freeing those of another size."""
        if self._placed is None or self._placed[0] != size:
            self._placed = None
            train, test = self._parts[size]
            self._placed = size, to_device(train, self._device), to_device(test, self._device)
        return self._placed[1:]

    def _seconds_left(self, size: int) -> float:
        """Estimate the remaining time, assuming time per image proportional to its pixels."""
        count = self._batching.count
        per_pixel = self._seconds / self._images_seen() / size**2
        sizes = [self._sizes.size_of(epoch) for epoch in range(self._epoch + 1, self._sizes.epochs)]
        pixels = (count - self._images_seen()) * size**2 + count * sum(s**2 for s in sizes)
        return per_pixel * pixels

    def train_epoch(self) -> None:
        """Run the remaining steps of the current epoch, without evaluating or saving."""
        size = self._sizes.size_of(self._epoch)
        train, _ = self._parts_at(size)
        order = epoch_order(len(train), seed=self._seed, epoch=self._epoch)
        self._stepper.train()
        prepare = partial(self._stepper.augment, self._epoch)
        started = time.monotonic()
        for images, labels in train.batches(
            order, self._batching.size, prepare, start=self._batch, share=self._processes.local_batch_slice
        ):
            self._step(images, labels.to(self._device, non_blocking=True))
            now = time.monotonic()
            self._seconds += now - started
            if self._processes.largest(now - self._saved_at > SECONDS_BETWEEN_SAVES):
                self.save()
            self._on_progress(
                ProgressEvent(
                    f"Epoch {self._epoch + 1} of {self._sizes.epochs} at {size} px",
                    self._images_seen(),
                    len(train),
                    detail=lambda: (
                        f"loss {self._running_loss():.3f}, all epochs in {duration(self._seconds_left(size))}"
                    ),
                    together=True,
                )
            )
            started = time.monotonic()
        if self._device.type == "cuda":  # wait for queued steps
            torch.cuda.synchronize(self._device)
            self._seconds += time.monotonic() - started

    def _step(self, images: Tensor, labels: Tensor) -> None:
        loss, right = self._stepper.step(self._epoch, self._batch, images, labels)
        self._loss_sum += loss.double()
        self._right += right
        self._batch += 1

    def _finish_epoch(self) -> EpochRecord:
        size = self._sizes.size_of(self._epoch)
        train, test = self._parts_at(size)
        loss = self._processes.total(self._loss_sum).item() / len(train)
        right = self._processes.total(self._right).item()
        if not math.isfinite(loss):
            raise TrainingError(
                "the loss of epoch {epoch} is {loss}: the weights are lost. Try another --seed or a "
                "larger --batch-size, in another --out",
                epoch=self._epoch + 1,
                loss=loss,
            )
        # Evaluate, record the metrics, and keep the network if it is the best so far.
        outcome = self._measure(test) if self._measures_each_epoch or self._is_last_epoch else None
        record = EpochRecord(
            epoch=self._epoch + 1,
            picture_size=size,
            train_loss=loss,
            train_top1=right / len(train),
            test_loss=outcome.loss if outcome else None,
            test_top1=outcome.top1 if outcome else None,
            test_mean_per_class=outcome.mean_per_class if outcome else None,
            learning_rate=self._stepper.learning_rate,
            seconds=self._seconds,
            pictures_per_second=len(train) / self._seconds,
        )
        self.history.append(record)
        if outcome and self.best_epoch is record and self._processes.is_first:
            save_best(
                self._folder,
                network=self._stepper.result,
                configuration=self._configuration,
                best_epoch=record.epoch,
                accuracy={"top1": outcome.top1, "mean_per_class": outcome.mean_per_class},
            )
        self.next_epoch()
        self.save()
        return record

    def next_epoch(self) -> None:
        """Move to the start of the next epoch."""
        self._epoch += 1
        self._batch = 0
        self._seconds = 0.0
        self._loss_sum.zero_()
        self._right.zero_()

    @property
    def _is_last_epoch(self) -> bool:
        return self._epoch + 1 == self._sizes.epochs

    def _measure(self, part: Batches) -> Evaluation:
        return Evaluation.of(
            classify(
                self._stepper.result,
                part,
                self._normalise,
                batch_size=self._batching.size,
                bfloat16=self._bfloat16,
                title=f"Measuring epoch {self._epoch + 1}",
                on_progress=self._on_progress,
                together=True,
            )
        )

    def save(self) -> None:
        """Write `last.pt` for `resume`; a collective call of all processes."""
        on_cuda = self._device.type == "cuda"
        random_states = self._processes.collect(torch.get_rng_state())
        cuda_random_states = self._processes.collect(torch.cuda.get_rng_state()) if on_cuda else None
        average = self._stepper.average
        content = {
            "format": FORMAT,
            "configuration": dict(self._configuration),
            "network": self._stepper.network.state_dict(),
            "average": None if average is None else average.network.state_dict(),
            "optimiser": self._stepper.optimiser.state_dict(),
            "epoch": self._epoch,
            "batch": self._batch,
            "seconds": self._seconds,
            "loss_sum": self._processes.total(self._loss_sum),
            "right": self._processes.total(self._right),
            "history": [asdict(record) for record in self.history],
            "random_states": random_states,
            "cuda_random_states": cuda_random_states,
        }
        if self._processes.is_first:
            write_checkpoint(self._folder / LAST, content)
        self._saved_at = time.monotonic()

    def stop(self) -> None:
        """Save and wait for all processes; torchrun ends the others once one has exited."""
        self.save()
        self._processes.wait()

    def resume(self) -> None:
        """Restore the state in `last.pt`; raises `TrainingError` if it is of another run."""
        content = load_last(self._folder)
        # The location of the images and package versions may change between sessions.
        movable = {"data_root", "versions"}
        for name, wanted in self._configuration.items():
            found = content["configuration"].get(name)
            if name not in movable and not same_setting(found, wanted):
                raise TrainingError(
                    "{checkpoint} was trained with {name} = {found}, not {wanted}: resume with the options "
                    "it was started with, or choose another --out",
                    checkpoint=self._folder / LAST,
                    name=name,
                    found=found,
                    wanted=wanted,
                )
        count = len(content["random_states"])
        if count != self._processes.count:
            raise TrainingError(
                "{checkpoint} was trained by {count} processes, not {processes}: resume with torchrun "
                "--nproc-per-node {count}, or choose another --out",
                checkpoint=self._folder / LAST,
                count=count,
                processes=self._processes.count,
            )
        # Restore weights, optimiser, position, sums and random state.
        stepper = self._stepper
        stepper.network.load_state_dict(content["network"])
        if stepper.average is not None:
            stepper.average.network.load_state_dict(content["average"])
        for group in content["optimiser"]["param_groups"]:
            group["fused"] = stepper.fused  # the checkpoint may be of another device
        stepper.optimiser.load_state_dict(content["optimiser"])
        self._epoch, self._batch, self._seconds = content["epoch"], content["batch"], content["seconds"]
        if self._processes.is_first:  # the sums of all processes
            self._loss_sum.copy_(content["loss_sum"])
            self._right.copy_(content["right"])
        self.history = [EpochRecord(**row) for row in content["history"]]
        torch.set_rng_state(content["random_states"][self._processes.rank])
        if self._device.type == "cuda" and content["cuda_random_states"] is not None:
            torch.cuda.set_rng_state(content["cuda_random_states"][self._processes.rank])
