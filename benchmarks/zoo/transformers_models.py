"""Tiny Hugging Face transformers classifiers with random weights.

transformers is not a dependency of this project: `pip install transformers`. Nothing is downloaded.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, cast

import torch
from torch import Tensor, nn

from benchmarks.zoo.autograd_oracle import compare
from benchmarks.zoo.random_networks import Form, randomise

TRANSFORMERS = "transformers/"
"""Prefix of names."""

_NOISE = 0.05
"""Noise added to all weights, many of which are initialised as constants."""

_PLAIN: dict[str, Any] = {
    "hidden_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "image_size": 64,
    "patch_size": 8,
}
_TAKEN: dict[str, Any] = {"use_relative_position_bias": True, "out_indices": [1, 2, 3, 4]}
_WINDOWS: dict[str, Any] = {
    "image_size": 64,
    "patch_size": 2,
    "embed_dim": 24,
    "depths": [2, 2, 2],
    "num_heads": [2, 4, 4],
    "window_size": 4,
}
_STAGES: dict[str, Any] = {"hidden_sizes": [16, 24, 32, 48], "depths": [1, 1, 2, 2]}
_RESIDUAL: dict[str, Any] = {"embedding_size": 16, "hidden_sizes": [16, 32, 48, 64], "depths": [1, 1, 2, 2]}
_WIDER: dict[str, Any] = {"embedding_size": 32, "hidden_sizes": [32, 64, 96, 128], "num_groups": 8}
_PYRAMID: dict[str, Any] = {
    "hidden_sizes": [16, 32, 32, 48],
    "depths": [1, 1, 1, 2],
    "num_attention_heads": [1, 2, 2, 4],
}
_NARROW: dict[str, Any] = {
    "image_size": 128,
    "hidden_sizes": [32, 40, 48],
    "neck_hidden_sizes": [8, 16, 16, 24, 32, 40, 64],
}
_LEVIT: dict[str, Any] = {
    "image_size": 96,
    "hidden_sizes": [32, 48, 64],
    "num_attention_heads": [2, 3, 4],
    "depths": [1, 1, 2],
    "key_dim": [16, 16, 16],
}

_ARCHITECTURES: dict[str, tuple[int, dict[str, Any]]] = {
    "ViTForImageClassification": (64, _PLAIN),
    "DeiTForImageClassificationWithTeacher": (64, _PLAIN),
    "BeitForImageClassification": (64, _PLAIN | _TAKEN),
    "Data2VecVisionForImageClassification": (64, _PLAIN | _TAKEN),
    "Dinov2ForImageClassification": (64, _PLAIN),
    "Dinov2WithRegistersForImageClassification": (64, _PLAIN | {"num_register_tokens": 4}),
    "ViTMSNForImageClassification": (64, _PLAIN),
    "IJepaForImageClassification": (64, _PLAIN),
    "CLIPForImageClassification": (64, {"vision_config": _PLAIN}),
    "SiglipForImageClassification": (64, {"vision_config": _PLAIN}),
    "SwinForImageClassification": (64, _WINDOWS),
    "Swinv2ForImageClassification": (64, _WINDOWS),
    "DonutSwinForImageClassification": (64, _WINDOWS),
    "ConvNextForImageClassification": (96, _STAGES),
    "ConvNextV2ForImageClassification": (96, _STAGES),
    "ResNetForImageClassification": (96, _RESIDUAL),
    "RegNetForImageClassification": (96, _RESIDUAL | {"groups_width": 8}),
    "BitForImageClassification": (96, _RESIDUAL | _WIDER),
    "MobileViTForImageClassification": (128, _NARROW),
    "MobileViTV2ForImageClassification": (128, {"image_size": 128, "width_multiplier": 0.5}),
    "MobileNetV1ForImageClassification": (96, {"depth_multiplier": 0.25}),
    "MobileNetV2ForImageClassification": (96, {"depth_multiplier": 0.35}),
    "PoolFormerForImageClassification": (96, _STAGES),
    "SegformerForImageClassification": (96, _PYRAMID),
    "PvtForImageClassification": (96, _PYRAMID | {"image_size": 96}),
    "PvtV2ForImageClassification": (96, _PYRAMID | {"image_size": 96}),
    "CvtForImageClassification": (
        96,
        {"embed_dim": [16, 32, 48], "num_heads": [1, 2, 3], "depth": [1, 2, 3]},
    ),
    "FocalNetForImageClassification": (64, {"image_size": 64, "embed_dim": 16, "depths": [1, 1, 2, 2]}),
    "EfficientNetForImageClassification": (
        96,
        {"image_size": 96, "width_coefficient": 0.5, "depth_coefficient": 0.5, "hidden_dim": 640},
    ),
    "LevitForImageClassificationWithTeacher": (96, _LEVIT),
    "SwiftFormerForImageClassification": (
        96,
        {"image_size": 96, "depths": [1, 1, 2, 2], "embed_dims": [16, 24, 32, 48]},
    ),
    "HieraForImageClassification": (128, {"image_size": [128, 128], "embed_dim": 32, "depths": [1, 1, 2, 1]}),
    "TextNetForImageClassification": (96, {}),
    "HGNetV2ForImageClassification": (96, {}),
}
"""Image size in pixels, and configuration of a tiny model."""


class _Logits(nn.Module):
    """Wrapper that returns only the logits."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        return cast(Tensor, self.network(pixel_values=images).logits)


_NEWER_EXPORTER = ("Dinov2WithRegistersForImageClassification", "MobileViTV2ForImageClassification")
"""Models that resize with antialiasing or fold blocks, which the older exporter cannot export."""

_OPSET = 20


def transformers_names() -> list[str]:
    """List the names in the zoo."""
    return [TRANSFORMERS + name for name in _ARCHITECTURES]


def measure_transformers(name: str) -> dict[str, Any]:
    """Export, adopt and compare one architecture."""
    import transformers

    plain = name.removeprefix(TRANSFORMERS)
    size, options = _ARCHITECTURES[plain]
    torch.manual_seed(0)
    kind = getattr(transformers, plain)
    whole = kind(kind.config_class(num_labels=20, **options)).eval()
    with torch.no_grad():
        for parameter in whole.parameters():
            parameter.add_(torch.randn_like(parameter) * _NOISE)
    network = _Logits(whole).eval()
    parameters = sum(parameter.numel() for parameter in network.parameters())
    form: Form = "new" if plain in _NEWER_EXPORTER else "old"
    return {
        "parameters": parameters,
        "form": form,
        "program": f"transformers {version('transformers')}",
        **compare(randomise(network, size), size, form, _OPSET),
    }
