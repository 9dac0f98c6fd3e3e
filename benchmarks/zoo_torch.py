"""TorchVision's classifiers with random weights, and autograd's gradients at a tensor known by its values."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torchvision import models

from benchmarks.zoo_pairs import Explained, as_map, explain_layer, layer_row, relative_error, two_layers
from benchmarks.zoo_table import AIM
from explain.adoption import Network, prepare
from explain.adoption.layers import Layer

_SAME = 0.1
"""Differences of values, relative to the largest, up to which a tensor of PyTorch's can be the file's: deep
random networks blow rounding up to some per cent. The closest one is taken."""
_MOST_KINKS = 2
_ROUNDINGS = 6

_SIZES = {"inception_v3": 299}
_OPTIONS: Mapping[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"aux_logits": False, "init_weights": False},
}


def measure_torch(name: str, *, legacy: bool) -> dict[str, Any]:
    """Export, adopt and compare one architecture."""
    network = random_network(name)
    size = _SIZES.get(name, 224)
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
        rows = [_at_layer(network, adopted, layer) for layer in two_layers(adopted)]
    return {"opset": adopted.opset, "size": size, "layers": rows}


def _at_layer(network: nn.Module, adopted: Network, layer: Layer) -> dict[str, Any]:
    """Compare at one layer, with the first random pictures that lie on no kink.

    The slope of ReLU and HardSwish jumps. Where a value lies at the jump but for rounding, autograd's own
    gradient changes as much when the activations change by a rounding; such pictures prove nothing.
    """
    for kinks in range(_MOST_KINKS + 1):
        explained = explain_layer(adopted, layer, seed=kinks)
        expected = autograd(network, explained, layer)
        error = relative_error(explained.gradients, expected)
        if error <= AIM or kinks == _MOST_KINKS or not _at_kink(network, explained, layer, expected, error):
            break
    return layer_row(layer, error, kinks)


def _at_kink(
    network: nn.Module, explained: Explained, layer: Layer, expected: NDArray[np.generic], error: float
) -> bool:
    """Whether autograd's gradient changes by a third of the error when activations change by a rounding."""
    rng = np.random.default_rng(0)
    for _ in range(_ROUNDINGS):
        change = 1 + 3e-7 * rng.standard_normal(explained.values.shape)
        moved = replace(explained, values=(explained.values * change).astype(np.float32))
        if relative_error(autograd(network, moved, layer), expected) > error / 3:
            return True
    return False


def random_network(name: str) -> nn.Module:
    """An architecture with random weights, in evaluation mode.

    Norm statistics are measured on noise, so that signals neither vanish nor explode, and then
    multiplied at random. Parameters that start as constants (heads, layer scales) become random.
    """
    torch.manual_seed(0)
    network = models.get_model(name, weights=None, **_OPTIONS.get(name, {}))
    return randomise(network, _SIZES.get(name, 224))


def randomise(network: nn.Module, size: int) -> nn.Module:
    """Random norm statistics, and random values for parameters that start as constants; in place."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    with torch.no_grad():
        for key, parameter in network.named_parameters():
            if "layer_scale" in key or ("norm" in key.lower() and key.endswith("weight")):
                parameter.uniform_(0.5, 1.5)
            elif not parameter.any():
                parameter.normal_(std=0.02)
        for norm in norms:
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.normal_(std=0.2)
            norm.momentum = None  # the average of all batches, here of one
            norm.reset_running_stats()
        network.eval()  # but for the norms: nothing is dropped at random while they measure
        for norm in norms:
            norm.train()
        if norms:
            network(torch.randn(4, 3, size, size))
        for norm in norms:
            norm.running_var.mul_(torch.empty_like(norm.running_var).uniform_(0.7, 1.4))
            norm.running_mean.add_(torch.randn_like(norm.running_mean) * 0.1 * norm.running_var.sqrt())
    return network.requires_grad_(False).eval()


def export(network: nn.Module, path: Path, size: int, *, legacy: bool, opset: int | None = None) -> None:
    """Write a network as ONNX, with a dynamic batch, or by PyTorch's older exporter for one picture."""
    example = torch.zeros(1 if legacy else 2, 3, size, size)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        # The fused attention has no ONNX form.
        torch.backends.mha.set_fastpath_enabled(False)
        if legacy:
            torch.onnx.export(network, (example,), path, dynamo=False, opset_version=17)
        else:
            shapes = ({0: torch.export.Dim("N")},)
            torch.onnx.export(
                network,
                (example,),
                path,
                dynamo=True,
                dynamic_shapes=shapes,
                opset_version=opset,
                verbose=False,
            )


def autograd(network: nn.Module, explained: Explained, layer: Layer) -> NDArray[np.generic]:
    """PyTorch's gradients `[M, C, h, w]` at the tensor that has the layer's values, set to them exactly."""
    pictures, wanted = torch.from_numpy(explained.pictures), torch.from_numpy(explained.values)
    with torch.no_grad(), _Watch(wanted) as watch:
        network(pictures)
    if watch.match is None:
        raise RuntimeError(f"PyTorch computes no tensor with the values of layer '{layer.name}'")
    with torch.enable_grad(), _Replace(wanted, watch.match) as replace:
        logits = network(pictures)
    rows = []
    for image, weights in zip(explained.image_index, explained.score_weights, strict=True):
        score = (logits[int(image)] * torch.from_numpy(weights)).sum()
        (gradient,) = torch.autograd.grad(score, replace.leaf, retain_graph=True)
        rows.append(as_map(gradient[int(image) : int(image) + 1].numpy(), layer))
    return np.concatenate(rows)


class _Watch(TorchFunctionMode):
    """Finds the call whose result is closest to the wanted values, the first of equals."""

    def __init__(self, wanted: Tensor) -> None:
        super().__init__()
        self.match: int | None = None
        self.calls = 0
        self._wanted = wanted
        self._least = _SAME * float(wanted.abs().max())

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        self.calls += 1
        if isinstance(result, Tensor) and result.shape == self._wanted.shape:
            difference = float((result - self._wanted).abs().max())
            if difference < self._least:
                self._least, self.match = difference, self.calls
        return result


class _Replace(TorchFunctionMode):
    """Puts a leaf in the place of the result of one call."""

    def __init__(self, values: Tensor, place: int) -> None:
        super().__init__()
        self.leaf = values.clone().requires_grad_()
        self._place = place
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
        # A copy, since a following operator may work in place.
        return self.leaf.clone() if self._calls == self._place else result
