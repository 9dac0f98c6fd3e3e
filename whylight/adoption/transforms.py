"""Preprocessing of transform objects of TorchVision, timm and transformers.

Objects are recognised by the names of their classes and attributes, so that these libraries are not imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from whylight.adoption.preprocessing_presets import Triple
from whylight.errors import ModelError
from whylight.images.geometry import AS_TORCH, BILINEAR, PILLOW_NUMBERS

_WITHOUT_EFFECT = frozenset(
    {
        "ConvertImageDtype", "MaybePILToTensor", "MaybeToTensor", "PILToTensor", "RGB", "ToDtype", "ToImage",
        "ToImageTensor", "ToPureTensor", "ToTensor",
    }
)  # fmt: skip
"""Classes that convert types only; values are 0..1 behind them."""

_TO_TENSOR = frozenset(
    {"MaybePILToTensor", "MaybeToTensor", "PILToTensor", "ToImage", "ToImageTensor", "ToTensor"}
)
"""Those of them behind which PyTorch resizes in place of Pillow."""


@dataclass(frozen=True, slots=True)
class Transform:
    """Size, scaling and geometry of a transform."""

    size: tuple[int, int] | None = None
    """Height and width in pixels of the result; None if it stays as it is."""
    mean: Triple = (0.0, 0.0, 0.0)
    """Mean of each RGB channel, for values in 0..1."""
    std: Triple = (1.0, 1.0, 1.0)
    """Standard deviation of each RGB channel, likewise."""
    shorter_side: int | None = None
    """Length in pixels to which the shorter side is scaled before a centre crop of `size`; None if the image
    is stretched to `size`."""
    interpolation: str = BILINEAR
    """One of `whylight.images.geometry.INTERPOLATIONS`."""
    on_tensors: bool = field(default=False, compare=False)
    """Whether what follows is done on PyTorch's tensors, not on Pillow's images."""

    def options(self) -> dict[str, Any]:
        """Return the same as options of `whylight.adopt`."""
        geometry = "stretch" if self.shorter_side is None else f"crop:{self.shorter_side}"
        return {
            "mean": self.mean,
            "std": self.std,
            "geometry": geometry,
            "interpolation": self.interpolation,
        }


def read_transform(transform: object) -> Transform:
    """Return what a transform does.

    Args:
        transform: TorchVision's `Compose` (of either version), the `transforms()` of its weights, a timm
            transform, an image processor of transformers, or one step of these.

    Raises:
        ModelError: a step is not understood.
    """
    if hasattr(transform, "image_mean") and hasattr(transform, "image_std"):
        return _of_processor(transform)
    if hasattr(transform, "crop_size") and hasattr(transform, "resize_size"):
        return _of_weights(transform)
    found = Transform()
    for step in _steps(transform):
        found = _then(found, step)
    return found


def _steps(transform: Any) -> Iterable[object]:
    """Yield the steps of nested transforms, in order."""
    inner = getattr(transform, "transforms", None)
    if inner is None:
        yield transform
        return
    for step in inner:
        yield from _steps(step)


def _then(found: Transform, step: Any) -> Transform:
    """Return `found` followed by another step."""
    kind = type(step).__name__
    if kind in _WITHOUT_EFFECT:
        return replace(found, on_tensors=found.on_tensors or kind in _TO_TENSOR)
    if kind == "Normalize":
        return replace(found, mean=_triple(step.mean), std=_triple(step.std))
    if kind in ("Resize", "ResizeKeepRatio"):
        size = _numbers(step.size)
        interpolation = _interpolation(getattr(step, "interpolation", "bilinear"))
        if found.on_tensors:
            interpolation = AS_TORCH.get(interpolation, interpolation)
        chosen = replace(found, interpolation=interpolation)
        if kind == "Resize" and len(size) == 2:
            return replace(chosen, size=(size[0], size[1]), shorter_side=None)
        return replace(chosen, shorter_side=size[0], size=None)
    if kind in ("CenterCrop", "CenterCropOrPad"):
        size = _numbers(step.size)
        return replace(found, size=(size[0], size[-1]))
    raise ModelError(
        "the preprocessing step {step} is not understood; name a preset, or give mean and std, in its place",
        step=kind,
    )


def _of_weights(preset: Any) -> Transform:
    """TorchVision's `ImageClassification`."""
    size = _numbers(preset.crop_size)
    return Transform(
        size=(size[0], size[-1]),
        mean=_triple(preset.mean),
        std=_triple(preset.std),
        shorter_side=_numbers(preset.resize_size)[0],
        interpolation=_interpolation(preset.interpolation),
    )


def _of_processor(processor: Any) -> Transform:
    """An image processor of transformers."""
    resized, cropped = (_sizes(getattr(processor, name, None)) for name in ("size", "crop_size"))
    size, crop = _side(resized), _side(cropped)
    crops = crop is not None and getattr(processor, "do_center_crop", False)
    shorter = resized.get("shortest_edge")
    normalises = getattr(processor, "do_normalize", True)
    interpolation = PILLOW_NUMBERS.get(getattr(processor, "resample", 2), BILINEAR)
    # Of version 5, and of version 4's fast processors.
    backends = {parent.__name__ for parent in type(processor).__mro__}
    if backends & {"TorchvisionBackend", "BaseImageProcessorFast"}:
        interpolation = AS_TORCH.get(interpolation, interpolation)
    return Transform(
        size=crop if crops else size,
        mean=_triple(processor.image_mean) if normalises else (0.0, 0.0, 0.0),
        std=_triple(processor.image_std) if normalises else (1.0, 1.0, 1.0),
        shorter_side=shorter,
        interpolation=interpolation,
    )


def _sizes(value: object) -> dict[str, int]:
    """Return a size of transformers by side.

    It is a dictionary up to version 4, an object since.
    """
    if isinstance(value, int):
        return {"height": value, "width": value}
    if isinstance(value, Mapping):
        found = dict(value)
    else:
        found = {name: getattr(value, name, None) for name in ("height", "width", "shortest_edge")}
    return {name: side for name, side in found.items() if side is not None}


def _side(sizes: Mapping[str, int]) -> tuple[int, int] | None:
    edge = sizes.get("shortest_edge")
    height, width = sizes.get("height", edge), sizes.get("width", edge)
    return None if height is None or width is None else (height, width)


def _numbers(value: Any) -> Sequence[int]:
    return [int(entry) for entry in value] if isinstance(value, Sequence) else [int(value)]


def _triple(values: Any) -> Triple:
    found = tuple(
        float(value) for value in (values.flatten().tolist() if hasattr(values, "flatten") else values)
    )
    return cast(Triple, found * 3 if len(found) == 1 else found)


def _interpolation(value: Any) -> str:
    """Name of an interpolation of TorchVision or Pillow."""
    return str(getattr(value, "value", value)).lower()
