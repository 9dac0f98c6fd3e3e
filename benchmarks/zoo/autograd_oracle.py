"""Autograd's gradients at a tensor identified by its values.

Computed in float64 and in float32.
"""

from __future__ import annotations

import operator
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_map

from benchmarks.zoo.coverage_table import AIM
from benchmarks.zoo.float64_reference import evaluate
from benchmarks.zoo.pair_gradients import (
    Explained,
    as_map,
    evaluate_float64,
    explain_layer,
    layer_row,
    relative_error,
    two_layers,
)
from benchmarks.zoo.random_networks import Form, export, random_network
from whylight.adoption import PreparedModel, prepare

_SAME = 1e-2
"""Relative difference up to which a PyTorch tensor is considered equal to the layer's."""


def measure_torch(name: str, form: Form = "new") -> dict[str, Any]:
    """Export, adopt and compare one architecture."""
    network, size = random_network(name)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return {"parameters": parameters, "form": form, **compare(network, size, form)}


def compare(
    network: nn.Module, size: int, form: Form = "new", opset: int | None = None, seed: int = 11
) -> dict[str, Any]:
    """Export and adopt a network; compare its gradients with autograd at two layers.

    The random images are drawn from `seed`.
    """
    with tempfile.TemporaryDirectory(prefix="whylight-zoo-") as folder:
        path = Path(folder) / "network.onnx"
        export(network, path, size, form, opset)
        adopted = prepare(path)
    rows = [_compare(network, adopted, explain_layer(adopted, layer, seed)) for layer in two_layers(adopted)]
    return {"opset": adopted.opset, "size": size, "layers": rows}


def _compare(network: nn.Module, adopted: PreparedModel, rounded: Explained) -> dict[str, Any]:
    """Measure one layer, in float32 and in float64 from the same activations."""
    places = _places(network, rounded) or _exact_places(network, adopted, rounded)
    found = autograd(network, rounded, places)
    truth = autograd(network, rounded.in_float64(), places)
    start = {adopted.model.graph.input[0].name: rounded.images, rounded.layer.name: rounded.values}
    wanted = {*rounded.inputs.values(), rounded.layer.name}
    exact = evaluate_float64(rounded, evaluate(adopted.model, wanted, start))
    error = relative_error(rounded.gradients, found)
    own = relative_error(found, truth) if error > AIM else None
    return layer_row(rounded.layer, relative_error(exact.gradients, truth), error, own)


def _places(network: nn.Module, explained: Explained) -> list[int]:
    """Return the indices of the calls in PyTorch that compute the layer's values.

    The closest call is chosen, the first of equal ones. There are several if the same call is repeated, which
    exporters write only once; none if no call matches.
    """
    images = torch.from_numpy(explained.images)
    with torch.no_grad():
        network(images)  # some cache tables in the first pass, which changes the number of calls
        with _Watch(torch.from_numpy(explained.values)) as watch:
            network(images)
    return watch.places


def _exact_places(network: nn.Module, adopted: PreparedModel, explained: Explained) -> list[int]:
    """The same in float64, for networks that amplify rounding errors."""
    start = {adopted.model.graph.input[0].name: explained.images}
    values = evaluate(adopted.model, [explained.layer.name], start)[explained.layer.name]
    network.double()
    places = _places(network, replace(explained.in_float64(), values=values))
    network.float()
    if not places:
        raise RuntimeError(f"PyTorch computes no tensor with the values of layer '{explained.layer.name}'")
    return places


def autograd(network: nn.Module, explained: Explained, places: Sequence[int]) -> NDArray[np.generic]:
    """PyTorch's gradients `[M, C, h, w]` with the layer set to the given values.

    They are computed in the precision of these values, regardless of that of the network.
    """
    values = torch.from_numpy(explained.values)
    images = torch.from_numpy(explained.images.astype(np.float32))
    with torch.enable_grad(), _Replace(values, places) as replaced:
        logits = network(images)
    rows = []
    for image, weights in zip(explained.image_index, explained.score_weights, strict=True):
        score = (logits[int(image)] * torch.from_numpy(weights)).sum()
        (gradient,) = torch.autograd.grad(score, replaced.leaf, retain_graph=True)
        rows.append(as_map(gradient[int(image) : int(image) + 1].numpy(), explained.layer))
    return np.concatenate(rows)


class _Watch(TorchFunctionMode):
    """Finds the first call whose result is closest to `wanted`, and its repetitions."""

    def __init__(self, wanted: Tensor) -> None:
        super().__init__()
        self.places: list[int] = []
        self._calls = 0
        self._what: tuple[Any, ...] = ()
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
        self._calls += 1
        if isinstance(result, Tensor) and result.shape == self._wanted.shape:
            difference = float((result - self._wanted).abs().max())
            what = (func, *args)
            if difference < self._least:
                self._least, self.places, self._what = difference, [self._calls], what
            elif len(what) == len(self._what) and all(map(operator.is_, what, self._what)):
                self.places.append(self._calls)
        return result


class _Replace(TorchFunctionMode):
    """Replaces the result of some calls by a leaf and continues in its precision."""

    def __init__(self, values: Tensor, places: Sequence[int]) -> None:
        super().__init__()
        self.leaf = values.clone().requires_grad_()
        self._places = places
        self._calls = 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        self._calls += 1
        if self._calls > self._places[0]:
            args, kwargs = tree_map(self._in_its_precision, (args, kwargs or {}))
        result = func(*args, **(kwargs or {}))
        # A copy, since the next operation may be in place.
        return self.leaf.clone() if self._calls in self._places else result

    def _in_its_precision(self, value: Any) -> Any:
        if isinstance(value, Tensor) and value.dtype == torch.float32:
            return value.to(self.leaf.dtype)
        return value
