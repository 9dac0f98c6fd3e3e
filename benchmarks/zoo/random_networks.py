"""Classifiers with random weights, and their export."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights
from torchvision import models

from whylight.adoption.preprocessing_presets import PRESETS

Form = Literal["new", "old", "fixed"]
"""PyTorch's exporter, its older one, and the older one with a fixed batch of one."""

_IMAGENET = PRESETS["imagenet"]
_SCALES = ("layer_scale", "gamma", ".ls1", ".ls2")
"""Names of scale factors initialised near zero, in several libraries."""
_SIZES = {"inception_v3": 299}
_ON_IMAGES = ("efficientnet_v2_l",)
"""Networks too deep for norm statistics from two noise images: values grow by 1e5, and rounding errors by
1e14. Their statistics are measured on many images like the explained ones."""
_OPTIONS: Mapping[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"aux_logits": False, "init_weights": False},
}


def random_network(name: str) -> tuple[nn.Module, int]:
    """Return an architecture with random weights, and the height of its images in px."""
    torch.manual_seed(0)
    size = _SIZES.get(name, 224)
    network = models.get_model(name, weights=None, **_OPTIONS.get(name, {}))
    return randomise(network, size, _like_images(size) if name in _ON_IMAGES else None), size


def _like_images(size: int) -> Tensor:
    """Return uniform noise normalised like the explained images."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (_IMAGENET.mean, _IMAGENET.std))
    return (torch.rand(32, 3, size, size) - mean) / std


def randomise(network: nn.Module, size: int, noise: Tensor | None = None) -> nn.Module:
    """Randomise norm statistics and constant-initialised parameters, in place.

    Norm statistics are measured on noise, so that signals neither vanish nor explode, and then multiplied by
    random factors. Parameters initialised as constants (heads, layer scales) become random.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    with torch.no_grad():
        for key, parameter in network.named_parameters():
            if any(word in key for word in _SCALES) or ("norm" in key.lower() and key.endswith("weight")):
                parameter.uniform_(0.5, 1.5)
            elif not parameter.any():
                parameter.normal_(std=0.02)
        for norm in norms:
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.normal_(std=0.2)
            norm.momentum = None  # cumulative average, here over one batch
            norm.reset_running_stats()
        network.eval()  # no dropout while the norms are measured
        for norm in norms:
            norm.train()
        if norms:
            network(torch.randn(2, 3, size, size) if noise is None else noise)
        for norm in norms:
            norm.running_var.mul_(torch.empty_like(norm.running_var).uniform_(0.7, 1.4))
            norm.running_mean.add_(torch.randn_like(norm.running_mean) * 0.1 * norm.running_var.sqrt())
    network.requires_grad_(False).eval()
    fold_batch_norm(network, size)
    return network


def fold_batch_norm(network: nn.Module, size: int) -> None:
    """Fold batch norms into the preceding convolutions, in place.

    Exporters do so anyway, in float32. Folding beforehand gives the file and the oracle bit-identical
    weights.
    """
    makers: dict[int, tuple[nn.Conv2d, Tensor]] = {}
    pairs: list[tuple[nn.Conv2d, str]] = []

    def note_maker(module: nn.Module, _inputs: object, output: Tensor) -> None:
        makers[id(output)] = (module, output)  # type: ignore[assignment]

    def note_pair(name: str) -> Any:
        def hook(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            if id(inputs[0]) in makers:
                pairs.append((makers[id(inputs[0])][0], name))

        return hook

    with contextlib.ExitStack() as hooks, torch.no_grad():
        for name, module in network.named_modules():
            if type(module) is nn.Conv2d:  # subclasses may transform their weights
                hooks.callback(module.register_forward_hook(note_maker).remove)
            elif isinstance(module, nn.BatchNorm2d):
                hooks.callback(module.register_forward_pre_hook(note_pair(name)).remove)
        network(torch.zeros(1, 3, size, size))
    for conv, name in pairs:
        norm = network.get_submodule(name)
        conv.weight, conv.bias = fuse_conv_bn_weights(
            conv.weight,
            conv.bias,
            norm.running_mean,
            norm.running_var,
            norm.eps,
            norm.weight,
            norm.bias,
        )
        network.set_submodule(name, nn.Sequential(*norm.children()))  # timm's norms include an activation
    network.requires_grad_(False)


def export(network: nn.Module, path: Path, size: int, form: Form = "new", opset: int | None = None) -> None:
    """Write a network as ONNX with one of PyTorch's exporters."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    torch.backends.mha.set_fastpath_enabled(False)  # fused attention cannot be exported
    example = torch.zeros(1 if form == "fixed" else 2, 3, size, size)
    options: dict[str, Any] = {"dynamo": False, "opset_version": opset or 17, "input_names": ["x"]}
    if form == "new":
        shapes = ({0: torch.export.Dim("N")},)
        options = {"dynamo": True, "opset_version": opset, "dynamic_shapes": shapes, "verbose": False}
    elif form == "old":
        options["dynamic_axes"] = {"x": {0: "N"}}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        # A string, since with a Path the older exporter writes to memory, limited to 2 GB.
        torch.onnx.export(network, (example,), str(path), **options)
