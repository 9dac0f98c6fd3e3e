"""Image processors of Hugging Face's transformers, by their settings.

A processor keeps its settings in `preprocessor_config.json` and as attributes of the same names. Some classes
do more than their settings say; these are known by their names (read from transformers 5.24).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from whylight.adoption.input_facts import Facts
from whylight.adoption.preprocessing_presets import Triple
from whylight.errors import ModelError
from whylight.images.geometry import AS_TORCH, BGR, CROP, FLOOR, PILLOW_NUMBERS, STRETCH

_SETTINGS = (
    *("do_resize", "size", "resample", "do_center_crop", "crop_size", "crop_pct", "resize_short"),
    *("do_rescale", "rescale_factor", "rescale_offset", "do_normalize", "image_mean", "image_std"),
    *("include_top", "do_flip_channel_order"),
)
"""Settings that are understood."""

_FURTHER_STEPS = (
    *("do_pad", "do_thumbnail", "do_align_long_axis", "do_crop_margin", "crop_to_patches", "do_trim"),
    *("do_image_splitting", "do_color_quantize", "do_grayscale", "do_invert_colors"),
)
"""Settings that, where they are on, bring an image to the network in a way that is not described here."""

_OTHER_GEOMETRY = ("Perceiver", "ImageGPT", "PPOCR")
"""Beginnings of the names of classes whose geometry is another than their settings say."""
_PADS_BATCHES = ("Detr", "Yolos", "GroundingDino")
"""Parts of the names of classes that pad images to the largest of a batch, a single one not at all."""

_STRETCHED_FROM = 384
"""Side in pixels from which on ConvNeXt's processor stretches."""


def processor_facts(found: Mapping[str, Any], *, by_torch: bool | None = None) -> Facts:
    """Facts in the settings of an image processor.

    Args:
        found: settings as in `preprocessor_config.json`. `transformers_version` may stand among them, from
            the model's `config.json`: it says by which library the image processors resize that do not say
            so by their names.
        by_torch: whether it resizes PyTorch's tensors, not Pillow's images; None if the settings are to say
            so.
    """
    facts = _values(found)
    name = _class_name(found)
    if found.get("do_flip_channel_order") or name.startswith("PPLCNet"):
        facts["colours"] = BGR
    if "resample" in found and found["resample"] in PILLOW_NUMBERS:
        interpolation = PILLOW_NUMBERS[found["resample"]]
        if _resizes_by_torch(found) if by_torch is None else by_torch:
            interpolation = AS_TORCH.get(interpolation, interpolation)
        facts["interpolation"], facts["antialias"] = interpolation, True
    if further_steps(found):
        return facts
    return facts | _geometry(found, name)


def further_steps(found: Mapping[str, Any]) -> list[str]:
    """Return the settings that stand for steps that are not understood."""
    steps = [step for step in _FURTHER_STEPS if found.get(step)]
    name = _class_name(found)
    if any(part in name for part in _PADS_BATCHES):
        steps = [step for step in steps if step != "do_pad"]
    return steps + ([name] if name.startswith(_OTHER_GEOMETRY) else [])


def settings_of(processor: Any) -> dict[str, Any]:
    """Return the settings of a processor in memory, as its file would hold them.

    Raises:
        ModelError: it does what is not understood.
    """
    found = {
        name: getattr(processor, name) for name in (*_SETTINGS, *_FURTHER_STEPS) if hasattr(processor, name)
    }
    # A switch that is None is off since version 5; a size is an object since, and was a dictionary before.
    found = {
        name: bool(value) if name.startswith("do_") else value
        for name, value in found.items()
        if value is not None or name.startswith("do_")
    }
    for name in ("size", "crop_size"):
        if name in found:
            found[name] = _by_side(found[name])
    found["image_processor_type"] = type(processor).__name__
    unclear = further_steps(found)
    if unclear:
        raise not_understood(", ".join(unclear))
    return found


def not_understood(step: str) -> ModelError:
    """The refusal of a step of preprocessing, by its name."""
    return ModelError(
        "the preprocessing step {step} is not understood; name a preset, or give mean and std, in its place",
        step=step,
    )


def resizes_by_torch(processor: object) -> bool:
    """Whether a processor in memory resizes PyTorch's tensors.

    That is the default since version 5.
    """
    backends = {parent.__name__ for parent in type(processor).__mro__}
    return bool(backends & {"TorchvisionBackend", "BaseImageProcessorFast"})


def _class_name(found: Mapping[str, Any]) -> str:
    name = found.get("image_processor_type") or found.get("feature_extractor_type")
    return name if isinstance(name, str) else ""


def _values(found: Mapping[str, Any]) -> Facts:
    """Mean and std for RGB values `x` in 0..1.

    The network takes `(255 f x - o - mean) / std`, with the factor `f` of rescaling and an offset `o` of one.
    """
    # MobileViT's is the class that never normalises, and whose file may hold a mean nevertheless.
    normalises = found.get("do_normalize", not _class_name(found).startswith("MobileViT"))
    told = found.get("image_mean"), found.get("image_std")
    mean, std = (triple_of(value) for value in told)
    if normalises and (mean is None or std is None):
        return {}
    if not normalises:
        if "do_normalize" not in found and not any(told) and "do_rescale" not in found:
            return {}  # a file that says nothing of values
        mean, std = (0.0,) * 3, (1.0,) * 3
    assert mean is not None
    assert std is not None
    factor = found.get("rescale_factor", 1 / 255) if found.get("do_rescale", True) else 1.0
    if not isinstance(factor, int | float) or factor <= 0:
        return {}
    scale = 255 * float(factor)
    scale = 1.0 if abs(scale - 1) < 1e-6 else scale
    offset = 1.0 if found.get("rescale_offset") and found.get("do_rescale", True) else 0.0
    # EfficientNet's, with `include_top`, divides by the deviation once more.
    twice = bool(normalises and found.get("include_top"))
    spread = [value**2 if twice else value for value in std]
    centre = _as_triple([(value + offset) / scale for value in mean])
    return {"values": (centre, _as_triple([value / scale for value in spread]))}


def _geometry(found: Mapping[str, Any], name: str) -> Facts:
    """Size, geometry and rounding; nothing where the settings leave them open."""
    size, crop = found.get("size"), _sides(found.get("crop_size"))
    if not found.get("do_resize", True) or not size:
        return {}
    crops = bool(found.get("do_center_crop"))
    shortest = size.get("shortest_edge") if isinstance(size, Mapping) else None
    if shortest is None and isinstance(size, int) and crops:
        shortest = size
    # PP-LCNet's, which rounds the longer side where others cut it off: a pixel's difference at most.
    if isinstance(found.get("resize_short"), int) and found["resize_short"]:
        shortest = found["resize_short"]
    share, sides = found.get("crop_pct"), _sides(size)
    if not isinstance(share, int | float) or not 0 < share <= 1:
        share = None
    if isinstance(shortest, int) and crops:
        if name.startswith(("Levit", "LeViT")):
            shortest = int(256 / 224 * shortest)
        elif share is not None:  # PoolFormer
            shortest = int(shortest / share)
        facts: Facts = {"geometry": CROP, "resize": shortest, "corner": FLOOR}
        return facts if crop is None else {**facts, "size": crop}
    if isinstance(shortest, int):
        if share is None:
            return {}
        facts = {"size": (shortest, shortest)}
        if shortest >= _STRETCHED_FROM:
            return {**facts, "geometry": STRETCH}
        return {**facts, "geometry": CROP, "resize": int(shortest / share), "corner": FLOOR}
    if sides is None:
        return {}
    if share is not None:  # PoolFormer
        if sides[0] != sides[1]:
            return {}
        sides = (int(sides[0] / share),) * 2
        if crops and crop is not None:  # one number for both sides: the shorter one's
            return {"geometry": CROP, "resize": sides[0], "corner": FLOOR, "size": crop}
    if not crops or crop is None or crop == sides:
        return {"geometry": STRETCH, "size": sides}
    if sides[0] != sides[1]:
        return {}
    return {"geometry": STRETCH, "resize": sides[0], "corner": FLOOR, "size": crop}


def _resizes_by_torch(found: Mapping[str, Any]) -> bool:
    """Whether a Hugging Face processor resizes PyTorch's tensors, not Pillow's images.

    The default since transformers 5; before, that of the classes named `...Fast`.
    """
    processor, version = found.get("image_processor_type"), found.get("transformers_version")
    if isinstance(processor, str) and processor.endswith(("Fast", "Pil")):
        return processor.endswith("Fast")
    first = version.partition(".")[0] if isinstance(version, str) else ""
    return first.isdigit() and int(first) >= 5


def _by_side(size: Any) -> Any:
    """A size as a file holds it: a number, or numbers by side."""
    if isinstance(size, int | Mapping):
        return size
    found = {name: getattr(size, name, None) for name in ("height", "width", "shortest_edge", "longest_edge")}
    return {name: side for name, side in found.items() if side is not None}


def _sides(size: Any) -> tuple[int, int] | None:
    if isinstance(size, int) and size:
        return size, size
    if (
        isinstance(size, Mapping)
        and isinstance(size.get("height"), int)
        and isinstance(size.get("width"), int)
    ):
        return size["height"], size["width"]
    return None


def triple_of(values: Any) -> Triple | None:
    """Three numbers of a file, from one or three; None for anything else."""
    if isinstance(values, bool):
        return None
    if isinstance(values, int | float):
        values = [values] * 3
    if not isinstance(values, list | tuple) or len(values) not in (1, 3):
        return None
    return _as_triple([float(value) for value in values] * (3 // len(values)))


def _as_triple(values: list[float]) -> Triple:
    return values[0], values[1], values[2]
