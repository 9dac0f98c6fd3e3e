"""One training step: a batch changed as the recipe says, the loss, and the weights moved."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..data.batches import Batching, Normaliser
from ..data.mixup_cutmix import MixedBatch, MixupCutmix, permuted_index
from ..distributed.process_group import ProcessGroup
from ..recipes.progressive_resizing import ProgressiveResizing
from ..recipes.recipe import Recipe
from ..recipes.schedules import set_rates
from .ema import ModelEma


class TrainStep:
    """Moves a network's weights by one batch at a time.

    It keeps no count of them: batches are named by epoch and number, both from 0.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        *,
        sizes: ProgressiveResizing,
        batching: Batching,
        normalise: Normaliser,
        seed: int,
        bfloat16: bool,
        compiled: bool,
        processes: ProcessGroup,
    ) -> None:
        """`compiled`: whether full batches go through `torch.compile`, once for each image size."""
        self.device = normalise.mean.device
        self.fused = self.device.type == "cuda"
        """Whether the optimiser moves all weights in one go."""
        self.network = network.to(self.device).to(memory_format=torch.channels_last)
        self._shared = processes.wrap(self.network, self.device)
        # The odd last batch of an epoch does without, so that there are no more shapes than image sizes.
        self._full_batch = torch.compile(self._shared, dynamic=False) if compiled else self._shared
        self.optimiser = recipe.build_optimiser(self.network, fused=self.fused)
        self.average = (
            ModelEma(self.network, recipe.average_decay) if recipe.average_decay is not None else None
        )
        self._recipe, self._sizes, self._batching, self._normalise = recipe, sizes, batching, normalise
        self._seed, self._bfloat16, self._processes = seed, bfloat16, processes

    @property
    def result(self) -> nn.Module:
        """What is measured and kept: the network, or the one with its averaged weights."""
        return self.network if self.average is None else self.average.network

    @property
    def learning_rate(self) -> float:
        """Of the last step."""
        rate: float = self.optimiser.param_groups[0]["lr"]
        return rate

    def train(self) -> None:
        """Put the network into training mode."""
        self._shared.train()

    def augment(self, epoch: int, pixels: Tensor, batch: int) -> Tensor:
        """This process's share of a batch, uint8 `[n, S, S, 3]`, for `step`: float32 `[n, 3, s, s]`."""
        images = self._normalise(pixels)
        if self._recipe.augmentation is None:
            return images
        # Drawn for the whole batch, whoever trains on it.
        length = self._batching.length(batch)
        changes = self._recipe.augmentation.draw(length, seed=self._seed, epoch=epoch, batch=batch)
        images = changes[self._processes.local_batch_slice(length)].apply(images, self._sizes.size_of(epoch))
        if self._recipe.mixing is None:
            return images
        return self._mixture(self._recipe.mixing, epoch, batch).apply(images)

    def step(self, epoch: int, batch: int, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Move the weights by prepared `images`; the sum of the losses, and how many were right.

        Both are on the device, without dimensions, float32 (in nats) and int64: to read them is to wait.
        """
        number = epoch * len(self._batching) + batch
        rates = self._recipe.schedule.rates(
            number,
            steps_per_epoch=len(self._batching),
            total_steps=self._sizes.epochs * len(self._batching),
        )
        set_rates(self.optimiser, rates)
        length = self._batching.length(batch)
        network = self._full_batch if length == self._batching.size else self._shared
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bfloat16):
            logits = network(images)
        losses = self._losses(logits.float(), labels, epoch, batch)
        # The mean over the batch of all processes, whose gradients will be averaged.
        loss = losses * (self._processes.count / length)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.optimiser.step()
        if self.average is not None:
            self.average.update(number)
        return losses.detach(), (logits.detach().argmax(1) == labels).sum()

    def _mixture(self, mixing: MixupCutmix, epoch: int, batch: int) -> MixedBatch:
        """Of this process's share of a batch."""
        length = self._batching.length(batch)
        drawn = mixing.draw(length, seed=self._seed, epoch=epoch, batch=batch)
        return drawn[self._processes.local_batch_slice(length)]

    def _losses(self, logits: Tensor, labels: Tensor, epoch: int, batch: int) -> Tensor:
        """The sum over the images, as a tensor without dimensions."""
        smoothing, mixing = self._recipe.label_smoothing, self._recipe.mixing
        if mixing is None:
            return F.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="sum")
        kept = self._mixture(mixing, epoch, batch).kept.to(self.device)
        partners = labels[permuted_index(len(labels)).to(self.device)]
        own = F.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="none")
        other = F.cross_entropy(logits, partners, label_smoothing=smoothing, reduction="none")
        return (kept * own + (1 - kept) * other).sum()
