"""timm's classifiers by its own `onnx_export`.

The `config.json` that timm writes lies beside. Packages: timm, onnxscript.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import timm
import torch
from PIL import Image
from timm.data import create_transform, resolve_model_data_config
from timm.models import save_for_hf
from timm.utils.onnx import onnx_export

from benchmarks.exporters.case import MODEL, OwnerCase
from benchmarks.exporters.owners.decisive import make_decisive

NETWORKS = ("resnet18", "efficientnet_b0", "mobilenetv3_small_100", "vit_tiny_patch16_224", "convnext_atto")


def make(name: str, folder: Path, pictures: Sequence[Path]) -> OwnerCase:
    """Export a network with random weights, with timm's own file beside it."""
    torch.manual_seed(0)
    network = timm.create_model(name, pretrained=False, exportable=True).eval()
    settings = resolve_model_data_config(network)
    transform = create_transform(**settings, is_training=False)
    inputs = [transform(Image.open(path).convert("RGB")) for path in pictures]
    make_decisive(network, inputs)
    with torch.inference_mode():
        answers = [network(values[None])[0].softmax(0).numpy() for values in inputs]
    save_for_hf(network, folder, safe_serialization=False)
    (folder / "pytorch_model.bin").unlink(missing_ok=True)
    onnx_export(network, str(folder / MODEL), input_size=settings["input_size"], batch_size=1)
    return OwnerCase(
        family="timm, its onnx_export",
        name=name,
        tools={"timm": timm.__version__, "torch": torch.__version__},
        options={},
        inputs=[values.numpy() for values in inputs],
        answers=answers,
    )
