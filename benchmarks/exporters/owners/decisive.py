"""Random weights whose answers differ from image to image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_SPREAD = 2.0
"""Standard deviation of the logits."""


def make_decisive(network: nn.Module, inputs: Sequence[Tensor]) -> None:
    """Set norms and the last layer so that answers depend on the image.

    Fresh networks answer all images alike: some start with a last layer of zeros, and norms that were never
    trained flatten everything.

    Args:
        network: maps `[N, 3, h, w]` to logits `[N, K]`; the last `nn.Linear` or `nn.Conv2d` is changed.
        inputs: images `[3, h, w]`.
    """
    batch = torch.stack(list(inputs))
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    network.train()
    for norm in norms:
        norm.momentum = None  # the mean over the batches so far
        norm.reset_running_stats()
    with torch.no_grad():
        network(batch)
    network.eval()
    last = [module for module in network.modules() if isinstance(module, nn.Linear | nn.Conv2d)][-1]
    with torch.no_grad():
        last.weight.normal_()
        if last.bias is not None:
            last.bias.zero_()
        logits = network(batch)
        spread = (logits - logits.mean(0)).std()
        last.weight.mul_(_SPREAD / spread)
