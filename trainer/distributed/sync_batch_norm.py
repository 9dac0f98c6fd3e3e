"""Synchronised BatchNorm on CPUs; torch's `SyncBatchNorm` supports GPUs only."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, distributed, nn
from torch.autograd.function import once_differentiable


class _Total(torch.autograd.Function):
    """All-reduce sum over processes; its backward pass sums the gradients."""

    @staticmethod
    def forward(ctx: object, tensor: Tensor) -> Tensor:  # noqa: ARG004
        total = tensor.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: object, gradient: Tensor) -> Tensor:  # noqa: ARG004
        total = gradient.clone()
        distributed.all_reduce(total)
        return total


class SyncBatchNormCPU(nn.modules.batchnorm._BatchNorm):
    """BatchNorm with training statistics over the batches of all processes.

    Parameters and buffers have the names used by `BatchNorm1d` and `BatchNorm2d`, so state dicts are
    interchangeable.
    """

    def _check_input_dim(self, input: Tensor) -> None:  # noqa: A002
        if input.ndim < 2:
            raise ValueError(f"expected [n, C, ...], got {list(input.shape)}")

    def forward(self, features: Tensor) -> Tensor:
        """Normalise `[n, C]` or `[n, C, H, W]`; n may differ between processes and be 0."""
        if not self.training or self.momentum is None:
            return super().forward(features)
        count, mean, variance = self._statistics(features)
        if self.running_mean is not None and self.running_var is not None:
            with torch.no_grad():
                unbiased = variance * count / (count - 1)
                self.running_mean.lerp_(mean.to(self.running_mean.dtype), self.momentum)
                self.running_var.lerp_(unbiased.to(self.running_var.dtype), self.momentum)
                if self.num_batches_tracked is not None:
                    self.num_batches_tracked.add_(1)
        # The statistics are part of the graph: gradients are summed over all processes.
        scale = self.weight * (variance + self.eps).rsqrt()
        shift = self.bias - mean * scale
        along = (-1, *(1 for _ in features.shape[2:]))
        normalised = features.float() * scale.float().view(along) + shift.float().view(along)
        return normalised.to(features.dtype)

    def _statistics(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Number of values, mean and biased variance `[C]` over all processes, in float64.

        Sums of squares per channel are exchanged; float64 keeps their difference accurate.
        """
        others = [0, *range(2, features.ndim)]
        if len(features):
            variance, mean = torch.var_mean(features.float(), dim=others, correction=0)
        else:  # zeros within the graph, so that the backward pass has its all-reduce too
            variance = mean = features.float().sum(others)
        mean, variance = mean.double(), variance.double()
        own = torch.full_like(mean[:1], features.numel() / features.shape[1])
        sums: Tensor = _Total.apply(torch.cat([own, own * mean, own * (variance + mean**2)]))
        count, total, squares = sums[:1], sums[1 : 1 + len(mean)], sums[1 + len(mean) :]
        mean = total / count
        return count, mean, squares / count - mean**2


def convert_sync_batch_norm(network: nn.Module, device: torch.device) -> None:
    """Replace every BatchNorm in `network` by a synchronised one with its weights."""
    if not distributed.is_initialized():
        raise RuntimeError("share_batch_norms: there is no process group")
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
            setattr(network, name, _shared(child, device))
        else:
            convert_sync_batch_norm(child, device)


def _shared(norm: nn.BatchNorm1d | nn.BatchNorm2d, device: torch.device) -> nn.Module:
    if device.type == "cuda":
        convert: Callable[[nn.Module], nn.Module] = nn.SyncBatchNorm.convert_sync_batchnorm
        return convert(norm)
    shared = SyncBatchNormCPU(norm.num_features, norm.eps, norm.momentum)
    shared.load_state_dict(norm.state_dict())
    return shared
