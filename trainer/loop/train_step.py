"""One training step: augmentation, loss, backward pass and optimiser step."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from ..data.batches import Batching, Normaliser
from ..data.mixup_cutmix import MixedBatch, MixupCutmix, permuted_index
from ..distributed.process_group import ProcessGroup
from ..recipes.progressive_resizing import ProgressiveResizing
from ..recipes.recipe import Recipe
from ..recipes.schedules import set_rates
from .ema import ModelEma


class TrainStep:
    """Updates a network's weights by one batch per call.

    It is stateless with respect to batches, which are identified by epoch and number, both from 0.
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
        log_prior: Tensor | None = None,
    ) -> None:
        """`log_prior`: float32 `[K]` or None, added to the logits within the loss.

        (Logit adjustment, arXiv:2007.07314.)

        `compiled`: whether full batches use `torch.compile`, once per image size."""
        self.device = normalise.mean.device
        self.fused = self.device.type == "cuda"
        """Whether the optimiser uses its fused kernel."""
        self.network = network.to(self.device).to(memory_format=torch.channels_last)
        self._shared = processes.wrap(self.network, self.device)
        # The smaller last batch is not compiled: one compiled shape per image size.
        self._full_batch = torch.compile(self._shared, dynamic=False) if compiled else self._shared
        self.optimiser = recipe.build_optimiser(self.network, fused=self.fused)
        self.average = (
            ModelEma(self.network, recipe.average_decay) if recipe.average_decay is not None else None
        )
        self._recipe, self._sizes, self._batching, self._normalise = recipe, sizes, batching, normalise
        self._seed, self._bfloat16, self._processes = seed, bfloat16, processes
        self.log_prior = None if log_prior is None else log_prior.to(self.device)
        self._fitted_epochs = int(recipe.is_finetuning)
        """Epochs without steps, at the start."""

    @property
    def result(self) -> nn.Module:
        """The network to evaluate and save: with averaged weights, if they are kept."""
        return self.network if self.average is None else self.average.network

    @property
    def learning_rate(self) -> float:
        """Learning rate of the last step."""
        rate: float = self.optimiser.param_groups[0]["lr"]
        return rate

    def set_head(self, head: nn.Linear, weight: Tensor, bias: Tensor) -> None:
        """Set the last layer, and the averaged weights to those of the network."""
        with torch.no_grad():
            head.weight.copy_(weight)
            head.bias.copy_(bias)
        if self.average is not None:
            self.average.network.load_state_dict(self.network.state_dict())

    def train(self) -> None:
        """Put the network into training mode."""
        self._shared.train()
        if self._recipe.frozen_norms:
            for module in self.network.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()

    def augment(self, epoch: int, pixels: Tensor, batch: int) -> Tensor:
        """Augment this process's share of a batch.

        Converts uint8 `[n, S, S, 3]` to float32 `[n, 3, s, s]`, the input of `step`.
        """
        images = self._normalise(pixels)
        if self._recipe.augmentation is None:
            return images
        # Draw for the whole batch, then select this process's share.
        length = self._batching.length(batch)
        changes = self._recipe.augmentation.draw(length, seed=self._seed, epoch=epoch, batch=batch)
        images = changes[self._processes.local_batch_slice(length)].apply(images, self._sizes.size_of(epoch))
        if self._recipe.mixing is None:
            return images
        return self._mixture(self._recipe.mixing, epoch, batch).apply(images)

    def step(self, epoch: int, batch: int, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Update the weights; return the sum of losses and the number of correct images.

        Both are scalars on the device, float32 (in nats) and int64; reading them synchronises.
        """
        number = (epoch - self._fitted_epochs) * len(self._batching) + batch
        rates = self._recipe.schedule.rates(
            number,
            steps_per_epoch=len(self._batching),
            total_steps=(self._sizes.epochs - self._fitted_epochs) * len(self._batching),
        )
        set_rates(self.optimiser, rates)
        length = self._batching.length(batch)
        network = self._full_batch if length == self._batching.size else self._shared
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self._bfloat16):
            logits = network(images)
        scores = logits.float() if self.log_prior is None else logits.float() + self.log_prior
        losses = self._losses(scores, labels, epoch, batch)
        # DistributedDataParallel averages gradients; scale so that this is the mean over the whole batch.
        loss = losses * (self._processes.count / length)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.optimiser.step()
        if self.average is not None:
            self.average.update(number)
        return losses.detach(), (logits.detach().argmax(1) == labels).sum()

    def _mixture(self, mixing: MixupCutmix, epoch: int, batch: int) -> MixedBatch:
        """Mixing parameters of this process's share of a batch."""
        length = self._batching.length(batch)
        drawn = mixing.draw(length, seed=self._seed, epoch=epoch, batch=batch)
        return drawn[self._processes.local_batch_slice(length)]

    def _losses(self, logits: Tensor, labels: Tensor, epoch: int, batch: int) -> Tensor:
        """Sum of the losses over the images, a scalar tensor."""
        smoothing, mixing = self._recipe.label_smoothing, self._recipe.mixing
        if mixing is None:
            return F.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="sum")
        kept = self._mixture(mixing, epoch, batch).kept.to(self.device)
        partners = labels[permuted_index(len(labels)).to(self.device)]
        own = F.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="none")
        other = F.cross_entropy(logits, partners, label_smoothing=smoothing, reduction="none")
        return (kept * own + (1 - kept) * other).sum()
