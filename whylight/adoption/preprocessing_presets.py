"""Presets of preprocessing: mean, std and channel order, by name.

Values start from RGB in 0..1: `(value - mean) / std`, in the order that the network wants. A preset may name
the geometry and the interpolation too; where it does not, they are assumed or given.
"""

from __future__ import annotations

from dataclasses import dataclass

from whylight.errors import CommandHint, Message, ModelError
from whylight.images.geometry import BICUBIC, BILINEAR, CROP, GREY_114, LETTERBOX, NEAREST, STRETCH

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Mean and std in RGB order, order of the channels, and possibly a geometry."""

    mean: Triple
    std: Triple
    bgr: bool = False
    geometry: str | None = None
    """One of `whylight.images.geometry.GEOMETRIES`."""
    crop_pct: float | None = None
    """Share of the resized image's side that is cropped: 0.875 for 256 and 224."""
    interpolation: str | None = None
    antialias: bool | None = None
    pad: tuple[int, int, int] | None = None
    in_graph: bool = False
    """Whether the forward graph's own resize is meant, as in pairs that Whylight trained."""


_BYTE: Triple = (1 / 255, 1 / 255, 1 / 255)
_ZERO: Triple = (0.0, 0.0, 0.0)
_ONE: Triple = (1.0, 1.0, 1.0)
_HALF: Triple = (0.5, 0.5, 0.5)
_IMAGENET: tuple[Triple, Triple] = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_CAFFE: Triple = (123.68 / 255, 116.779 / 255, 103.939 / 255)
_CLIP: tuple[Triple, Triple] = (
    (0.48145466, 0.4578275, 0.40821073),
    (0.26862954, 0.26130258, 0.27577711),
)


def _keras(mean: Triple, std: Triple, *, bgr: bool = False) -> Preprocessing:
    """As `keras.utils.load_img(path, target_size=...)` does it by default."""
    return Preprocessing(mean, std, bgr, STRETCH, interpolation=NEAREST, antialias=True)


PRESETS = {
    "imagenet": Preprocessing(*_IMAGENET),
    "unit": Preprocessing(_ZERO, _ONE),
    "tf": Preprocessing(_HALF, _HALF),
    "caffe": Preprocessing(_CAFFE, _BYTE, bgr=True),
    "bytes": Preprocessing(_ZERO, _BYTE),
    "cifar10": Preprocessing((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "mnist": Preprocessing((0.1307,) * 3, (0.3081,) * 3),
    "torchvision": Preprocessing(
        *_IMAGENET, geometry=CROP, crop_pct=0.875, interpolation=BILINEAR, antialias=True
    ),
    "timm": Preprocessing(*_IMAGENET, geometry=CROP, crop_pct=0.875, interpolation=BICUBIC, antialias=True),
    "clip": Preprocessing(*_CLIP, geometry=CROP, crop_pct=1.0, interpolation=BICUBIC, antialias=True),
    "ultralytics-cls": Preprocessing(
        _ZERO, _ONE, geometry=CROP, crop_pct=1.0, interpolation=BILINEAR, antialias=True
    ),
    "yolo": Preprocessing(
        _ZERO, _ONE, geometry=LETTERBOX, interpolation=BILINEAR, antialias=False, pad=GREY_114
    ),
    "keras-tf": _keras(_HALF, _HALF),
    "keras-caffe": _keras(_CAFFE, _BYTE, bgr=True),
    "keras-torch": _keras(*_IMAGENET),
    "keras-bytes": _keras(_ZERO, _BYTE),
    "keras-unit": _keras(_ZERO, _ONE),
    "paddle": Preprocessing(
        _HALF, _HALF, bgr=True, geometry=STRETCH, interpolation=BILINEAR, antialias=False
    ),
    "report": Preprocessing((0.5520, 0.5336, 0.5050), (0.2353, 0.2345, 0.2372), in_graph=True),
}

WHOLE_NUMBERS = "bytes"
"""The preset of networks whose input is of whole numbers."""

PRESET_NOTES: dict[str, str] = {
    "imagenet": Message("ImageNet's mean and std, the image stretched"),
    "unit": Message("0..1"),
    "tf": Message("-1..1, Keras MobileNet, Inception, ViT"),
    "caffe": Message("BGR 0..255 less the mean, Keras ResNet and VGG"),
    "bytes": Message("0..255, Keras EfficientNet and networks that normalise by themselves"),
    "cifar10": Message("CIFAR-10's mean and std"),
    "mnist": Message("MNIST's mean and std"),
    "torchvision": Message("TorchVision: shorter side to 256, centre 224, ImageNet's mean and std"),
    "timm": Message("timm: the same, bicubic"),
    "clip": Message("OpenAI's CLIP and its relatives: shorter side to the input's, centre, bicubic"),
    "ultralytics-cls": Message("Ultralytics' classifiers: shorter side to the input's, centre, 0..1"),
    "yolo": Message("Ultralytics' LetterBox: padded with grey 114, 0..1"),
    "keras-tf": Message("tf, stretched without interpolation, as Keras' load_img does"),
    "keras-caffe": Message("caffe, the same"),
    "keras-torch": Message("imagenet, the same"),
    "keras-bytes": Message("bytes, the same"),
    "keras-unit": Message("unit, the same"),
    "paddle": Message("PaddleOCR: BGR -1..1, stretched by OpenCV"),
    "report": Message("the report's own: stretched in the graph, its mean and std"),
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
