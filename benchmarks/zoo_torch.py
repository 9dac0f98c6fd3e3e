"""Autograd's gradients at a tensor known by its values, in float64 and in float32."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from benchmarks.zoo_networks import export, random_network
from benchmarks.zoo_pairs import (
    Explained,
    as_map,
    explain_exactly,
    explain_layer,
    layer_row,
    relative_error,
    two_layers,
)
from benchmarks.zoo_table import AIM
from explain.adoption import prepare

_SAME = 1e-5
"""Differences in float64, relative to the largest value, up to which a tensor of PyTorch's is the file's."""


def measure_torch(name: str, *, legacy: bool) -> dict[str, Any]:
    """Export, adopt and compare one architecture."""
    network, size = random_network(name)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return {"parameters": parameters, **compare(network, size, legacy=legacy)}


def compare(
    network: nn.Module, size: int, *, legacy: bool = False, opset: int | None = None
) -> dict[str, Any]:
    """Export a network, adopt it, and compare its gradients with autograd's at two layers."""
    with tempfile.TemporaryDirectory(prefix="whylight-zoo-") as folder:
        path = Path(folder) / "network.onnx"
        export(network, path, size, legacy=legacy, opset=opset)
        adopted = prepare(path)
    found = [explain_layer(adopted, layer) for layer in two_layers(adopted)]
    rows = [
        _compare(network, rounded, exact)
        for rounded, exact in zip(found, explain_exactly(adopted, found), strict=True)
    ]
    return {"opset": adopted.opset, "size": size, "layers": rows}


def _compare(network: nn.Module, rounded: Explained, exact: Explained) -> dict[str, Any]:
    """One layer's row, of what a pair gave in float32 and in float64."""
    with _in_float64(network):
        expected, place = autograd(network, exact)
    found, _ = autograd(network, rounded, place)
    error, own = relative_error(rounded.gradients, found), None
    if error > AIM:
        with _in_float64(network):
            own = relative_error(found, autograd(network, rounded.in_float64(), place)[0])
    return layer_row(rounded.layer, relative_error(exact.gradients, expected), error, own)


def autograd(
    network: nn.Module, explained: Explained, place: int | None = None
) -> tuple[NDArray[np.generic], int]:
    """PyTorch's gradients `[M, C, h, w]` at the tensor that has a layer's values, set to them exactly.

    Args:
        network: in the precision of what was explained.
        explained: pictures, values of the layer, and scores.
        place: which call of PyTorch's makes the tensor; None to find the first that gives its values.

    Returns:
        The gradients, and the place.
    """
    with torch.enable_grad(), _Replace(torch.from_numpy(explained.values), place) as replace:
        logits = network(torch.from_numpy(explained.pictures))
    if replace.place is None:
        raise RuntimeError(
            f"PyTorch computes no tensor with the values of layer '{explained.layer.name}'; "
            f"the closest is {replace.closest:.1e} away"
        )
    rows = []
    for image, weights in zip(explained.image_index, explained.score_weights, strict=True):
        score = (logits[int(image)] * torch.from_numpy(weights)).sum()
        (gradient,) = torch.autograd.grad(score, replace.leaf, retain_graph=True)
        rows.append(as_map(gradient[int(image) : int(image) + 1].numpy(), explained.layer))
    return np.concatenate(rows), replace.place


@contextmanager
def _in_float64(network: nn.Module) -> Iterator[None]:
    """Let a network compute in float64 for a while; its weights stay what they are."""
    network.double()
    try:
        yield
    finally:
        network.float()


class _Replace(TorchFunctionMode):
    """Puts a leaf in the place of the first call's result that has its values, or of a known call's."""

    def __init__(self, values: Tensor, place: int | None) -> None:
        super().__init__()
        self.leaf = values.clone().requires_grad_()
        self.place = place
        self.closest = float("inf")
        self._values = values
        self._scale = float(values.abs().max())
        self._calls = 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        self._calls += 1
        if self.place is None and isinstance(result, Tensor) and self._has_values(result):
            self.place = self._calls
        # A copy, since a following operator may work in place.
        return self.leaf.clone() if self._calls == self.place else result

    def _has_values(self, tensor: Tensor) -> bool:
        if tensor.shape != self._values.shape or tensor.dtype != self._values.dtype:
            return False
        self.closest = min(self.closest, float((tensor - self._values).abs().max()) / self._scale)
        return self.closest < _SAME
