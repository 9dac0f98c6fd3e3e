"""Transform objects, against the pixels that they make themselves: TorchVision's, timm's, transformers'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torchvision import models
from torchvision import transforms as v1
from torchvision.transforms import InterpolationMode, v2

from whylight.adoption.image_processors import processor_facts
from whylight.adoption.input_facts import Facts, Statement, collect
from whylight.adoption.transforms import transform_facts
from whylight.errors import ModelError
from whylight.images.geometry import BGR, GREY

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIZES = ((150, 210), (241, 180), (100, 75), (160, 160), (90, 91))


def pictures() -> list[Image.Image]:
    """Blurred noise, in which a shift by one pixel shows."""
    noise = [np.random.default_rng(size).integers(0, 256, (*size, 3), np.uint8) for size in SIZES]
    return [Image.fromarray(cv2.GaussianBlur(image, (0, 0), 2)) for image in noise]


def levels_apart(facts: Facts, owner: Callable[[Image.Image], torch.Tensor]) -> float:
    """Largest difference from the owner's tensors `[3, h, w]`, in steps of an 8-bit image."""
    read = collect([Statement("preset", "transform", facts)])
    assert read.mean is not None
    assert read.std is not None
    described = read.describe(facts["size"])
    assert described is not None
    worst = 0.0
    for picture in pictures():
        expected = np.asarray(owner(picture)).transpose(1, 2, 0)
        ours = (described.prepare(np.asarray(picture)) / 255 - np.array(read.mean)) / np.array(read.std)
        found = ours[..., ::-1] if read.bgr else ours
        assert found.shape == expected.shape
        worst = max(worst, float(np.abs(found - expected).max() * 255 * min(read.std)))
    return worst


UNIT = v2.ToDtype(torch.float32, scale=True)
TO_FLOAT = v2.Compose([v2.ToImage(), UNIT])
BYTES = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32)])
"""Real numbers in 0..255."""

UNDERSTOOD: dict[str, Any] = {
    "stretched": [v1.Resize((96, 64)), v1.ToTensor()],
    "shorter side, centre": [v1.Resize(80), v1.CenterCrop((64, 48)), v1.ToTensor(), v1.Normalize(*IMAGENET)],
    "stretched to a square, its centre": [v1.Resize((80, 80)), v1.CenterCrop(64), v1.ToTensor()],
    "an odd rest": [v1.Resize((81, 81)), v1.CenterCrop(64), v1.ToTensor()],
    "a crop larger than the image": [v1.Resize(64), v1.CenterCrop(96), v1.ToTensor()],
    "nested": [v1.Compose([v1.Resize(80), v1.CenterCrop(64)]), TO_FLOAT],
    "nearest": [v1.Resize((64, 64), InterpolationMode.NEAREST), v1.ToTensor()],
    "interpolation by number": [v2.Resize((64, 64), 3), TO_FLOAT],
    "normalised twice": [v1.Resize((64, 64)), TO_FLOAT, v1.Normalize(*IMAGENET), v1.Normalize([0.1], [2])],
    "one mean for all": [v1.Resize((64, 64)), v1.ToTensor(), v1.Normalize(0.5, 0.25)],
    "tensors, then resized": [v2.ToImage(), v2.Resize(80), v2.CenterCrop(64), UNIT],
    "real numbers, then resized": [TO_FLOAT, v2.Resize(80), v2.CenterCrop(64)],
    "without antialiasing": [v1.PILToTensor(), v1.Resize((64, 64), antialias=False), UNIT],
    "of version 1": [v1.PILToTensor(), v1.Resize(80), v1.CenterCrop(64), v1.ConvertImageDtype(torch.float32)],
    "not scaled": [v2.Resize((64, 64)), BYTES],
    "not scaled, normalised": [v2.Resize((64, 64)), BYTES, v2.Normalize([124, 116, 104], [58, 57, 57])],
}  # fmt: skip
"""Steps of TorchVision, of both versions."""


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_an_image_comes_as_torchvisions_steps_bring_it(name: str) -> None:
    owner = v1.Compose(UNDERSTOOD[name])
    assert levels_apart(transform_facts(owner), owner) < 1.01


def test_other_ways_of_joining_steps() -> None:
    steps = [v2.ToImage(), v2.Resize((64, 64)), v2.ToDtype(torch.float32, scale=True)]
    assert (
        transform_facts(nn.Sequential(*steps)) == transform_facts(v2.Compose(steps)) == transform_facts(steps)
    )


def test_the_transforms_of_torchvisions_weights() -> None:
    owner = models.EfficientNet_B0_Weights.DEFAULT.transforms()
    facts = transform_facts(owner)
    assert (facts["size"], facts["resize"], facts["interpolation"]) == ((224, 224), 256, "bicubic")
    assert levels_apart(facts, owner) < 1.01


@pytest.mark.parametrize(
    ("steps", "named"),
    [
        ([v1.CenterCrop(96), v1.Resize(64)], "crops before it resizes"),
        ([v1.Resize(96), v1.Resize((64, 64))], "resizes or crops twice"),
        ([v1.Resize(96), v1.CenterCrop(80), v1.CenterCrop(64)], "resizes or crops twice"),
        ([v1.Resize((96, 80)), v1.CenterCrop(64)], "step CenterCrop is not"),
        ([v1.Resize(96, max_size=120)], "step Resize is not"),
        ([v1.Resize((64, 64), InterpolationMode.BOX)], "step Resize is not"),
        ([v1.PILToTensor(), v1.Resize((64, 64), InterpolationMode.NEAREST)], "step Resize is not"),
        ([v1.Pad(4), v1.Resize((64, 64))], "step Pad is not"),
        ([v1.RandomResizedCrop(64)], "step RandomResizedCrop is not"),
        ([v1.Resize((64, 64)), v1.Grayscale(3)], "step Grayscale is not"),
        ([v1.Resize((64, 64)), v1.ToTensor(), v1.Lambda(lambda image: 2 * image)], "step Lambda is not"),
        (lambda image: image, "step function is not"),
    ],
)
def test_what_would_be_read_wrongly_is_refused(steps: Any, named: str) -> None:
    with pytest.raises(ModelError, match=named):
        transform_facts(v1.Compose(steps) if isinstance(steps, list) else steps)


def test_a_class_of_another_library_is_refused() -> None:
    class Resize:
        """As albumentations has it, without TorchVision's attributes."""

        height, width = 64, 64

    with pytest.raises(ModelError, match="step Resize is not"):
        transform_facts([Resize()])


def test_bytes_say_nothing_of_the_values() -> None:
    """Networks take real numbers: whoever leaves bytes scales them elsewhere."""
    for steps in ([v2.Resize((64, 64))], [v2.Resize((64, 64)), v2.ToImage()]):
        assert "values" not in transform_facts(steps)


def test_grey_images_are_for_networks_of_one_channel() -> None:
    steps = [v1.Grayscale(), v1.Resize((28, 28)), v1.ToTensor(), v1.Normalize((0.1307,), (0.3081,))]
    facts = transform_facts(steps)
    assert facts["colours"] == GREY
    assert facts["values"] == (pytest.approx((0.1307,) * 3), pytest.approx((0.3081,) * 3))


@pytest.mark.parametrize("mode", ["center", "squash", "border"])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_timms_transforms(mode: str, interpolation: str) -> None:
    data = pytest.importorskip("timm.data", reason="timm is not installed")
    for share in (1.0,) if mode == "border" else (1.0, 0.9):
        owner = data.create_transform(
            (3, 64, 64), crop_pct=share, crop_mode=mode, interpolation=interpolation
        )
        assert levels_apart(transform_facts(owner), owner) < 1.01
    if mode == "center":  # an input that is not square
        owner = data.create_transform((3, 96, 64), crop_pct=0.9, interpolation=interpolation)
        assert levels_apart(transform_facts(owner), owner) < 1.01
    parts = pytest.importorskip("timm.data.transforms")
    padded = v1.Compose([v1.Resize(64), parts.CenterCropOrPad(96, fill=(9, 80, 200)), v1.ToTensor()])
    assert levels_apart(transform_facts(padded), padded) < 1.01
    with pytest.raises(ModelError, match="step ResizeKeepRatio is not"):
        transform_facts([parts.ResizeKeepRatio(64, random_scale_prob=0.5)])
    with pytest.raises(ModelError, match="RandomResizedCrop"):
        transform_facts(data.create_transform((3, 64, 64), is_training=True))


PROCESSORS: dict[str, dict[str, Any]] = {
    "ViTImageProcessor": {"size": {"height": 64, "width": 80}},
    "ViTImageProcessorPil": {"size": {"height": 64, "width": 80}},
    "CLIPImageProcessor": {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}},
    "CLIPImageProcessorPil": {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}},
    "BitImageProcessor": {"size": {"shortest_edge": 80}, "crop_size": {"height": 64, "width": 64}},
    "DeiTImageProcessor": {"size": {"height": 81, "width": 81}, "crop_size": {"height": 64, "width": 64}},
    "ConvNextImageProcessor": {"size": {"shortest_edge": 64}},
    "PoolFormerImageProcessor": {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}},
    "LevitImageProcessor": {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}},
    "MobileViTImageProcessor": {"size": {"shortest_edge": 72}, "crop_size": {"height": 64, "width": 64}},
    "MobileNetV2ImageProcessor": {"size": {"shortest_edge": 80}, "crop_size": {"height": 64, "width": 64}},
    "EfficientNetImageProcessor": {"size": {"height": 64, "width": 64}},
    "ChameleonImageProcessorPil": {"size": {"shortest_edge": 64}, "crop_size": {"height": 64, "width": 64}},
}
"""Processors of transformers, at sizes that are tried quickly."""


@pytest.mark.parametrize("name", PROCESSORS)
def test_transformers_processors(name: str) -> None:
    """In memory within a level, and from their files, which do not tell Pillow from PyTorch, within two.

    With AVX2 most are equal; without, PyTorch resizes bytes by other code, which rounds differently.
    """
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    processor = getattr(transformers, name)(**PROCESSORS[name])

    def owner(picture: Image.Image) -> torch.Tensor:
        return processor(picture, return_tensors="pt")["pixel_values"][0]

    assert levels_apart(transform_facts(processor), owner) < 1.01
    written = {"transformers_version": transformers.__version__, **processor.to_dict()}
    assert levels_apart(processor_facts(written), owner) < 2.01


@pytest.mark.parametrize("name", ["PerceiverImageProcessor", "Owlv2ImageProcessor", "DonutImageProcessor"])
def test_processors_that_do_something_else_are_refused(name: str) -> None:
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    processor = getattr(transformers, name)()
    with pytest.raises(ModelError, match="is not understood"):
        transform_facts(processor)
    assert "geometry" not in processor_facts(processor.to_dict()), (
        "nothing is said rather than something wrong"
    )


class OfVersion4:
    """Settings as processors of transformers 4 hold them."""

    image_mean, image_std = [0.5, 0.5, 0.5], [0.25, 0.25, 0.25]
    size, crop_size, do_center_crop, resample = {"shortest_edge": 256}, {"height": 224, "width": 224}, True, 3


def test_processors_without_the_library() -> None:
    facts = transform_facts(OfVersion4())
    assert (facts["geometry"], facts["resize"], facts["size"]) == ("crop", 256, (224, 224))
    assert facts["interpolation"] == "bicubic"
    assert facts["values"] == ((0.5,) * 3, (0.25,) * 3)

    class TorchvisionBackend:
        """Parent of transformers 5's processors."""

    class OfVersion5(OfVersion4, TorchvisionBackend):
        do_normalize = None  # which stands for no

    facts = transform_facts(OfVersion5())
    assert facts["interpolation"] == "torch-bicubic"

    class WithoutResample(OfVersion5):
        resample = crop_pct = None

    assert "interpolation" not in transform_facts(WithoutResample())
    assert facts["values"] == ((0.0,) * 3, (1.0,) * 3)

    class Holder:
        """As CLIPProcessor holds a tokenizer beside it."""

        image_processor = OfVersion4()

    assert transform_facts(Holder()) == transform_facts(OfVersion4())


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"do_rescale": False}, ((0.5 / 255,) * 3, (0.25 / 255,) * 3)),
        ({"rescale_factor": 1 / 127.5}, ((0.25,) * 3, (0.125,) * 3)),
        ({"rescale_factor": 1 / 127.5, "rescale_offset": True}, ((0.75,) * 3, (0.125,) * 3)),
        ({"include_top": True}, ((0.5,) * 3, (0.0625,) * 3)),
        ({"do_normalize": False}, ((0.0,) * 3, (1.0,) * 3)),
        ({"do_normalize": False, "do_rescale": False}, ((0.0,) * 3, (1 / 255,) * 3)),
    ],
)
def test_values_of_a_processors_file(settings: dict[str, Any], expected: Any) -> None:
    """A network takes `(255 f x - o - mean) / std` of values `x` in 0..1."""
    found = processor_facts({"image_mean": [0.5] * 3, "image_std": [0.25] * 3, **settings})
    assert found["values"] == tuple(pytest.approx(values) for values in expected)


def test_colours_of_a_processors_file() -> None:
    assert processor_facts({"do_flip_channel_order": True})["colours"] == BGR
    assert processor_facts({"image_processor_type": "PPLCNetImageProcessor"})["colours"] == BGR
    assert "values" not in processor_facts({"do_flip_channel_order": True})
