"""Presets of preprocessing: mean, std and channel order, by name.

All start from RGB values in 0..1: `(value - mean) / std`, in the order that the network wants.
"""

from __future__ import annotations

from dataclasses import dataclass

from whylight.errors import CommandHint, ModelError

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Mean and std in RGB order, and whether the network takes blue first."""

    mean: Triple
    std: Triple
    bgr: bool = False


_BYTE: Triple = (1 / 255, 1 / 255, 1 / 255)

PRESETS = {
    "imagenet": Preprocessing((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "unit": Preprocessing((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "tf": Preprocessing((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "caffe": Preprocessing((123.68 / 255, 116.779 / 255, 103.939 / 255), _BYTE, bgr=True),
    "bytes": Preprocessing((0.0, 0.0, 0.0), _BYTE),
    "clip": Preprocessing((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "cifar10": Preprocessing((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "mnist": Preprocessing((0.1307,) * 3, (0.3081,) * 3),
}

WHOLE_NUMBERS = "bytes"
"""The preset of networks whose input is of whole numbers."""

PRESET_NOTES = {
    "imagenet": "TorchVision and timm: ImageNet's mean and std",
    "unit": "0..1",
    "tf": "-1..1, Keras MobileNet, Inception, ViT",
    "caffe": "BGR 0..255 less the mean, Keras ResNet and VGG",
    "bytes": "0..255, Keras EfficientNet and networks that normalise by themselves",
    "clip": "OpenAI's CLIP and its relatives",
    "cifar10": "CIFAR-10's mean and std",
    "mnist": "MNIST's mean and std",
}


def find_preprocessing(name: str | None) -> Preprocessing:
    """Return a preset by name.

    Raises:
        ModelError: none is named, since a file does not say what it expects, or there is no such preset.
    """
    listed = "; ".join(f"{key} ({note})" for key, note in PRESET_NOTES.items())
    if name is None:
        raise ModelError(
            "an ONNX file does not say how images are to be scaled{hint}. There are {listed}",
            hint=CommandHint("; name it with --preprocessing NAME, or give --mean and --std"),
            listed=listed,
        )
    if name not in PRESETS:
        raise ModelError("there is no preprocessing '{name}'; there are {listed}", name=name, listed=listed)
    return PRESETS[name]
