"""Preprocessing of transform objects of TorchVision, timm and transformers.

Objects are recognised by the names of their classes and attributes, so that these libraries are not imported.
A transform is read step by step; what cannot be said by size, geometry, interpolation, mean and std is
refused rather than left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from whylight.adoption.image_processors import (
    not_understood,
    processor_facts,
    resizes_by_torch,
    settings_of,
)
from whylight.adoption.input_facts import Facts
from whylight.adoption.preprocessing_presets import Triple
from whylight.errors import ModelError
from whylight.images.geometry import (
    AS_TORCH,
    CROP,
    GREY,
    INTERPOLATIONS,
    LETTERBOX,
    NEAREST,
    PILLOW_NUMBERS,
    STRETCH,
)

_TO_BYTES = frozenset({"MaybePILToTensor", "PILToTensor", "ToImage", "ToImageTensor"})
"""Classes behind which an image is a tensor of 8 bits, which PyTorch resizes in place of Pillow."""
_TO_UNIT = frozenset({"MaybeToTensor", "ToTensor"})
"""Classes behind which it is a tensor of values in 0..1."""
_WITHOUT_EFFECT = frozenset({"Identity", "RGB", "ToPureTensor"})

_BYTES_STD: Triple = (1 / 255,) * 3


@dataclass(frozen=True, slots=True)
class _Read:
    """State of an image after some steps."""

    resize: int | None = None
    """Side after resizing: the shorter one, of a letterbox the longer, of a stretched square both."""
    cover: tuple[int, int] | None = None
    """Sides that it just covers, in place of `resize`."""
    geometry: str | None = None
    size: tuple[int, int] | None = None
    """Height and width in pixels, once they are the same for all images."""
    is_cropped: bool = False
    pad: tuple[int, int, int] = (0, 0, 0)
    interpolation: str | None = None
    antialias: bool = True
    is_grey: bool = False
    is_tensor: bool = False
    is_scaled: bool = False
    """Whether bytes have become real numbers."""
    mean: Triple = (0.0, 0.0, 0.0)
    std: Triple = _BYTES_STD
    """The values are `(x - mean) / std` of an image `x` in 0..1: at first its bytes."""


def transform_facts(transform: object) -> Facts:
    """Return what a transform does, as facts about the input.

    Args:
        transform: TorchVision's `Compose` (of either version) or `Sequential`, the `transforms()` of its
            weights, a timm transform, an image processor of transformers or what holds one, or one step of
            these.

    Raises:
        ModelError: a step is not understood, or their order.
    """
    for holder in ("image_processor", "val_transforms"):  # CLIPProcessor; transformers' wrapper of timm
        if hasattr(transform, holder):
            return transform_facts(getattr(transform, holder))
    if hasattr(transform, "image_mean") and hasattr(transform, "image_std"):
        return processor_facts(settings_of(transform), by_torch=resizes_by_torch(transform))
    if hasattr(transform, "crop_size") and hasattr(transform, "resize_size"):
        return _of_weights(transform)
    read = _Read()
    for step in _steps(transform):
        try:
            read = _then(read, step)
        except (AttributeError, TypeError, ValueError, IndexError) as error:  # another library's class
            raise _refused(step) from error
    return _facts(read)


def _facts(read: _Read) -> Facts:
    facts: Facts = {}
    if read.is_scaled:  # networks take no bytes: whoever leaves them so scales elsewhere
        facts["values"] = read.mean, read.std
    if read.is_grey:
        facts["colours"] = GREY
    if read.interpolation is not None:
        facts.update(interpolation=read.interpolation, antialias=read.antialias)
    if read.geometry is None:
        return facts
    facts["geometry"] = read.geometry
    if read.size is not None:
        facts["size"] = read.size
    if read.is_cropped:
        facts["pad"] = read.pad
    if read.geometry == LETTERBOX:
        return facts
    if read.cover is not None:
        facts["cover"] = read.cover
    if read.resize is not None:
        facts["resize"] = read.resize
    return facts


def _steps(transform: Any) -> Iterable[object]:
    """Yield the steps of nested transforms, in order."""
    inner, kind = getattr(transform, "transforms", None), type(transform).__name__
    if inner is None and kind == "Sequential":
        inner = transform.children()
    if inner is None and isinstance(transform, list | tuple):
        inner = transform
    if inner is None:
        yield transform
        return
    for step in inner:
        yield from _steps(step)


def _then(read: _Read, step: Any) -> _Read:
    """Return `read` followed by another step."""
    kind = type(step).__name__
    if kind in _WITHOUT_EFFECT:
        return read
    if kind == "Grayscale" and step.num_output_channels == 1:
        return replace(read, is_grey=True)
    if kind in _TO_BYTES:
        return replace(read, is_tensor=True)
    if kind in _TO_UNIT or kind in ("ConvertImageDtype", "ToDtype"):
        return _converted(read, step, kind)
    if kind == "Normalize":
        return _normalised(read, _triple(step.mean), _triple(step.std))
    if kind in ("Resize", "ResizeKeepRatio"):
        return _resized(read, step, kind)
    if kind in ("CenterCrop", "CenterCropOrPad"):
        return _cropped(read, step)
    raise _refused(step)


def _converted(read: _Read, step: Any, kind: str) -> _Read:
    """Bytes to real numbers; `ToDtype` leaves them 0..255 if it does not scale."""
    if kind in _TO_UNIT:
        scales, real = True, True
    else:
        dtype = step.dtype
        if isinstance(dtype, dict):
            dtype = next(iter(dtype.values()))
        real = bool(dtype.is_floating_point)
        scales = kind == "ConvertImageDtype" or bool(step.scale)
    if read.is_scaled:
        return replace(read, is_tensor=True)
    if not real:
        return read
    # From bytes / 1 to bytes / 255.
    std = cast(Triple, tuple(value * 255 for value in read.std)) if scales else read.std
    return replace(read, is_tensor=True, is_scaled=True, std=std)


def _normalised(read: _Read, mean: Triple, std: Triple) -> _Read:
    """`((x - m) / s - mean) / std` is `(x - (m + mean s)) / (s std)`."""
    centre = tuple(m + more * s for m, s, more in zip(read.mean, read.std, mean, strict=True))
    spread = tuple(s * more for s, more in zip(read.std, std, strict=True))
    return replace(read, mean=cast(Triple, centre), std=cast(Triple, spread))


def _resized(read: _Read, step: Any, kind: str) -> _Read:
    if read.geometry is not None:
        raise _out_of_order(step)
    size = _numbers(step.size)
    interpolation = _interpolation(getattr(step, "interpolation", "bilinear"))
    if interpolation not in INTERPOLATIONS or getattr(step, "max_size", None) is not None:
        raise _refused(step)
    if read.is_tensor and interpolation == NEAREST:  # PyTorch takes other pixels than Pillow and OpenCV
        raise _refused(step)
    # Pillow always antialiases; PyTorch unless told not to.
    antialias = not read.is_tensor or getattr(step, "antialias", True) in (True, "warn")
    if read.is_tensor and antialias:
        interpolation = AS_TORCH.get(interpolation, interpolation)
    chosen = replace(read, interpolation=interpolation, antialias=antialias)
    if kind == "ResizeKeepRatio":
        longest = float(step.longest)
        if step.random_scale_prob or step.random_aspect_prob:
            raise _refused(step)
        if longest == 0:
            return replace(chosen, geometry=CROP, cover=(size[0], size[-1]))
        if size[0] != size[-1] or longest != 1:
            raise _refused(step)
        return replace(chosen, geometry=LETTERBOX, resize=size[0])
    if len(size) == 1:
        return replace(chosen, geometry=CROP, resize=size[0])
    return replace(chosen, geometry=STRETCH, size=(size[0], size[1]))


def _cropped(read: _Read, step: Any) -> _Read:
    size = _numbers(step.size)
    wanted = size[0], size[-1]
    if read.geometry is None:
        raise _out_of_order(step)
    if read.size == wanted:
        return read
    if read.is_cropped:
        raise _out_of_order(step)
    # What the image does not fill is padded.
    cropped = replace(read, size=wanted, is_cropped=True, pad=_colour(getattr(step, "fill", 0)))
    if read.geometry == CROP:
        return cropped
    if read.geometry == LETTERBOX:
        if wanted != (read.resize, read.resize):
            raise _refused(step)
        return cropped
    # Stretched to a square, of which the centre is taken.
    assert read.size is not None
    if read.size[0] != read.size[1]:
        raise _refused(step)
    return replace(cropped, resize=read.size[0])


def _refused(step: Any) -> ModelError:
    return not_understood(type(step).__name__)


def _out_of_order(step: Any) -> ModelError:
    return ModelError(
        "the preprocessing resizes or crops twice, or crops before it resizes (at {step}), which is not "
        "understood; name a preset, or give mean and std, in its place",
        step=type(step).__name__,
    )


def _of_weights(preset: Any) -> Facts:
    """TorchVision's `ImageClassification`."""
    size = _numbers(preset.crop_size)
    return {
        "size": (size[0], size[-1]),
        "values": (_triple(preset.mean), _triple(preset.std)),
        "geometry": CROP,
        "resize": _numbers(preset.resize_size)[0],
        "interpolation": _interpolation(preset.interpolation),
        "antialias": True,
    }


def _colour(fill: Any) -> tuple[int, int, int]:
    values = [int(value) for value in fill] if isinstance(fill, Sequence) else [int(fill)] * 3
    return values[0], values[1], values[2]


def _numbers(value: Any) -> Sequence[int]:
    return [int(entry) for entry in value] if isinstance(value, Sequence) else [int(value)]


def _triple(values: Any) -> Triple:
    listed = values.flatten().tolist() if hasattr(values, "flatten") else values
    found = tuple(float(value) for value in (listed if isinstance(listed, Iterable) else [listed]))
    return cast(Triple, found * 3 if len(found) == 1 else found)


def _interpolation(value: Any) -> str:
    """Name of an interpolation of TorchVision or Pillow."""
    value = getattr(value, "value", value)
    return PILLOW_NUMBERS.get(value, "") if isinstance(value, int) else str(value).lower()
