"""Hugging Face's image classifiers beside the files of their processors.

Packages: transformers, torch, onnx.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import transformers
from PIL import Image
from transformers import AutoConfig, AutoModelForImageClassification

from benchmarks.exporters.case import MODEL, OwnerCase
from benchmarks.exporters.owners.decisive import make_decisive

_SMALL = {
    "vit": {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96},
    "deit": {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96},
    "swin": {"embed_dim": 24, "depths": [1, 1, 2, 1], "num_heads": [2, 2, 2, 2]},
    "convnext": {"hidden_sizes": [16, 24, 32, 48], "depths": [1, 1, 2, 1]},
    "resnet": {"embedding_size": 16, "hidden_sizes": [16, 24, 32, 48], "depths": [1, 1, 1, 1]},
    "mobilenet_v2": {},
}
_PROCESSORS = {
    "vit": "ViTImageProcessor",
    "deit": "DeiTImageProcessor",
    "swin": "ViTImageProcessor",
    "convnext": "ConvNextImageProcessor",
    "resnet": "ConvNextImageProcessor",
    "mobilenet_v2": "MobileNetV2ImageProcessor",
}
NETWORKS = tuple(_SMALL)


class _Logits(torch.nn.Module):
    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """Return logits `[N, K]`."""
        return self.network(pixel_values=pixel_values).logits


def make(name: str, folder: Path, pictures: Sequence[Path]) -> OwnerCase:
    """Export a small network, with the files that `save_pretrained` writes."""
    torch.manual_seed(0)
    names = {index: f"thing {index}" for index in range(12)}
    config = AutoConfig.for_model(name, **_SMALL[name], id2label=names)
    config.architectures = ["DeiTForImageClassification"] if name == "deit" else None
    network = AutoModelForImageClassification.from_config(config).eval()
    processor = getattr(transformers, _PROCESSORS[name])()
    config.save_pretrained(folder)
    processor.save_pretrained(folder)
    inputs = [
        processor(Image.open(path).convert("RGB"), return_tensors="pt")["pixel_values"][0]
        for path in pictures
    ]
    wrapped = _Logits(network)
    make_decisive(wrapped, inputs)
    with torch.inference_mode():
        answers = [wrapped(values[None])[0].softmax(0).numpy() for values in inputs]
    torch.onnx.export(
        wrapped,
        (inputs[0][None],),
        str(folder / MODEL),
        dynamo=False,
        opset_version=17,
        input_names=["pixel_values"],
        output_names=["logits"],
        dynamic_axes={"pixel_values": {0: "batch_size"}, "logits": {0: "batch_size"}},
    )
    return OwnerCase(
        family="transformers, torch.onnx",
        name=name,
        tools={"transformers": transformers.__version__, "torch": torch.__version__},
        options={},
        inputs=[values.numpy() for values in inputs],
        answers=answers,
    )
