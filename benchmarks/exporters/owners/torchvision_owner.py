"""TorchVision's classifiers by `torch.onnx.export`.

Packages: torch, torchvision, onnxscript.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torchvision
from PIL import Image
from torchvision import models
from torchvision.transforms import InterpolationMode

from benchmarks.exporters.case import MODEL, OwnerCase
from benchmarks.exporters.owners.decisive import make_decisive

NETWORKS = ("resnet18", "mobilenet_v3_small", "efficientnet_b0", "swin_t", "vit_b_16")


def make(name: str, folder: Path, pictures: Sequence[Path]) -> OwnerCase:
    """Export a network with random weights, with the transform of its published ones."""
    torch.manual_seed(0)
    network = models.get_model(name, weights=None).eval()
    transform = models.get_model_weights(name).DEFAULT.transforms()
    inputs = [transform(Image.open(path).convert("RGB")) for path in pictures]
    make_decisive(network, inputs)
    torch.onnx.export(network, (inputs[0][None],), str(folder / MODEL), external_data=False)
    with torch.inference_mode():
        answers = [network(values[None])[0].softmax(0).numpy() for values in inputs]
    side, crop = transform.resize_size[0], transform.crop_size[0]
    options: dict[str, Any] = {"preprocessing": "torchvision"}
    if side != 256:
        options["crop_pct"] = crop / side
    if transform.interpolation is InterpolationMode.BICUBIC:
        options["interpolation"] = "bicubic"
    return OwnerCase(
        family="TorchVision, torch.onnx",
        name=name,
        tools={"torch": torch.__version__, "torchvision": torchvision.__version__},
        options=options,
        inputs=[values.numpy() for values in inputs],
        answers=answers,
    )
