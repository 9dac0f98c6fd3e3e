"""Facts about the input of a network, each with its source.

Facts are collected from the user's options, a preset, the file's own metadata and files beside it, in that
order; the first that says something counts, and what a later one says differently is a contradiction, which
is reported. Formats: ONNX's `Image.*` metadata (docs/MetadataProps.md of the ONNX repository), Ultralytics'
exporter; those of files beside the model: `whylight.adoption.files_beside`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np

from whylight.adoption.preprocessing_presets import Preprocessing, Triple
from whylight.errors import Message, ModelError
from whylight.images.geometry import (
    ASSUMED,
    BGR,
    BILINEAR,
    CENTRE,
    CROP,
    FILE,
    GREY,
    GREY_114,
    INTERPOLATIONS,
    LETTERBOX,
    PRESET,
    RGB,
    STRETCH,
    USER,
    InputDescription,
)

RANGES: dict[str, tuple[float, float]] = {
    "0..1": (0.0, 1.0),
    "0..255": (0.0, 1 / 255),
    "-1..1": (0.5, 0.5),
    "16..235": (-16 / 219, 1 / 219),
    "-128..127": (128 / 255, 1 / 255),
}
"""Mean and std, the same for all channels, of each value range."""

_ULTRALYTICS_BOXES = ("detect", "segment", "pose", "obb")
"""Tasks for which Ultralytics letterboxes images."""

_NOMINAL = {
    "NominalRange_0_255": "0..255",
    "Normalized_0_1": "0..1",
    "Normalized_1_1": "-1..1",
    "NominalRange_16_235": "16..235",
}
_PIXEL_FORMATS = {"Gray": GREY, "Rgb": RGB, "Bgr": BGR}

_DEFAULTS: Mapping[str, Any] = {
    "geometry": STRETCH,
    "interpolation": BILINEAR,
    "antialias": True,
    "colours": RGB,
    "pad": (0, 0, 0),
    "place": CENTRE,
    "enlarge": True,
}

_FACTS = {
    "values": "the values are",
    "colours": "the colours are",
    "geometry": "the geometry is",
    "size": "the size is",
}

Facts = dict[str, Any]
"""Values by the names of the fields of `InputDescription`; `values` are mean and std; also `crop_pct`."""


@dataclass(frozen=True, slots=True)
class Statement:
    """The facts of one source."""

    source: str
    """One of `whylight.images.geometry.SOURCES`."""
    where: str
    """Where it is written: a file, a key, an option."""
    facts: Facts


@dataclass(frozen=True, slots=True)
class InputFacts:
    """The facts of all sources together."""

    chosen: Facts
    sources: Mapping[str, str]
    contradictions: tuple[Message, ...] = ()
    notes: tuple[str, ...] = ()
    in_graph: bool = False
    """Whether the forward graph's own resize is meant."""

    @property
    def mean(self) -> Triple | None:
        """Mean of RGB values in 0..1; None where nothing says."""
        values = self.chosen.get("values")
        return None if values is None else values[0]

    @property
    def std(self) -> Triple | None:
        """Their standard deviation; None where nothing says."""
        values = self.chosen.get("values")
        return None if values is None else values[1]

    @property
    def bgr(self) -> bool:
        """Whether the network takes blue first."""
        return bool(self.chosen["colours"] == BGR)

    def describe(self, size: tuple[int, int], *, grey: bool = False) -> InputDescription | None:
        """Return the input description; None for the forward graph's own resize."""
        if self.in_graph:
            return None
        facts, sources = dict(self.chosen), dict(self.sources)
        crop_pct = facts.pop("crop_pct", None)
        if "resize" not in facts and crop_pct is not None:
            facts["resize"] = floor(max(size) / crop_pct)
            sources["resize"] = sources.pop("crop_pct", ASSUMED)
        sources.pop("crop_pct", None)
        mean, std = facts.pop("values")
        facts.pop("size", None)
        if facts["geometry"] != CROP and facts.get("resize") in (None, max(size)):
            facts.pop("resize", None)
        if grey:
            facts["colours"], sources["colours"] = GREY, FILE
        sources.setdefault("size", FILE)
        return InputDescription(size=size, values=values_in_words(mean, std), sources=sources, **facts)


def values_in_words(mean: Triple, std: Triple) -> str:
    """The range that mean and std lead to, `0..255`, or what they are."""
    for name, (centre, spread) in RANGES.items():
        if np.allclose(mean, centre, atol=1e-6) and np.allclose(std, spread, rtol=1e-4):
            return name
    return f"mean {_numbers(mean)}, std {_numbers(std)}"


def collect(
    statements: Sequence[Statement], *, in_graph: bool = False, notes: Sequence[str] = ()
) -> InputFacts:
    """Merge statements: for each fact the first source that has it counts."""
    chosen: Facts = {}
    by: dict[str, Statement] = {}
    contradictions: list[Message] = []
    for statement in statements:
        for name, value in statement.facts.items():
            if name not in by:
                chosen[name], by[name] = value, statement
            elif not _alike(chosen[name], value) and GREY not in (chosen[name], value):
                contradictions.append(
                    Message(
                        "{where} says {fact} {value}, {other} says {taken}, which is taken",
                        where=statement.where,
                        fact=_FACTS.get(name, name),
                        value=_shown(value),
                        other=by[name].where,
                        taken=_shown(chosen[name]),
                    )
                )
    # A geometry of the user's own takes no lengths from elsewhere.
    geometry = by.get("geometry")
    if geometry is not None and geometry.source == USER:
        for name in ("crop_pct", "resize", "cover", "corner", "pad", "place"):
            if name in by and by[name].source != USER:
                del chosen[name], by[name]
    elif by.get("crop_pct") is not None and by["crop_pct"].source == USER:
        for name in ("resize", "cover"):
            if name in by:
                del chosen[name], by[name]
    sources = {name: statement.source for name, statement in by.items()}
    for name, value in _DEFAULTS.items():
        if name not in chosen:
            chosen[name], sources[name] = value, ASSUMED
    return InputFacts(chosen, sources, tuple(contradictions), tuple(notes), in_graph)


def preset_statement(name: str, preset: Preprocessing) -> Statement:
    """Return the facts of a preset."""
    facts: Facts = {"values": (preset.mean, preset.std), "colours": BGR if preset.bgr else RGB}
    for key in ("geometry", "crop_pct", "interpolation", "antialias", "pad"):
        value = getattr(preset, key)
        if value is not None:
            facts[key] = value
    return Statement(PRESET, f"preset '{name}'", facts)


def user_statement(
    *,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    values: str | None = None,
    bgr: bool | None = None,
    geometry: str | None = None,
    crop_pct: float | None = None,
    interpolation: str | None = None,
    antialias: bool | None = None,
) -> Statement:
    """Return the facts of the user's options.

    Raises:
        ModelError: mean and std are not three numbers each, or an option is out of range.
    """
    facts: Facts = {}
    if mean is not None or std is not None:
        if mean is None or std is None or len(mean) != 3 or len(std) != 3 or values is not None:
            raise ModelError("give mean and std together, three numbers each, and no preprocessing by name")
        facts["values"] = tuple(map(float, mean)), tuple(map(float, std))
    if values is not None:
        if values not in RANGES:
            raise ModelError(
                "there is no range '{range}'; there are {known}", range=values, known=", ".join(RANGES)
            )
        facts.update(range_facts(values))
    if bgr is not None:
        facts["colours"] = BGR if bgr else RGB
    if geometry is not None:
        facts.update(_geometry_option(geometry))
    if crop_pct is not None:
        if not 0 < crop_pct <= 1:
            raise ModelError("crop_pct is {value:g}; expected a share above 0, at most 1", value=crop_pct)
        facts["crop_pct"] = crop_pct
        facts.setdefault("geometry", CROP)
    if interpolation is not None:
        if interpolation not in INTERPOLATIONS:
            raise ModelError(
                "there is no interpolation '{name}'; there are {known}",
                name=interpolation,
                known=", ".join(INTERPOLATIONS),
            )
        facts["interpolation"] = interpolation
    if antialias is not None:
        facts["antialias"] = antialias
    return Statement(USER, "your option", facts)


def _geometry_option(text: str) -> Facts:
    """Parse a geometry: `stretch`, `crop:256`, `letterbox:114:top-left`.

    Raises:
        ModelError: it is something else.
    """
    name, _, further = text.partition(":")
    facts: Facts = {"geometry": name}
    if name == CROP and further.isdigit() and int(further) > 0:
        facts["resize"] = int(further)
    elif name == LETTERBOX and further:
        for part in further.split(":"):
            if part.isdigit() and int(part) < 256:
                facts["pad"] = (int(part),) * 3
            elif part in (CENTRE, "top-left"):
                facts["place"] = part
            else:
                further, name = "?", "?"
    elif further:
        name = "?"
    if name not in (STRETCH, CROP, LETTERBOX):
        raise ModelError(
            "there is no geometry '{geometry}'; there are stretch, crop, crop:PIXELS (the shorter side's "
            "length before cropping), letterbox, letterbox:GREY (0 to 255) and letterbox:GREY:top-left",
            geometry=text,
        )
    return facts


def file_statement(metadata: Mapping[str, str], whole_range: str | None) -> tuple[Statement, list[str]]:
    """Return the facts of the file's own metadata, and notes.

    Args:
        metadata: the file's `metadata_props`.
        whole_range: the range of the whole numbers that its input takes; None for real ones.
    """
    facts: Facts = {}
    notes: list[str] = []
    where: list[str] = []
    pixel_format = metadata.get("Image.BitmapPixelFormat", "")
    for start, colours in _PIXEL_FORMATS.items():
        if pixel_format.startswith(start):
            facts["colours"] = colours
            where.append("Image.BitmapPixelFormat")
    nominal = _NOMINAL.get(metadata.get("Image.NominalPixelRange", ""))
    if nominal is not None:
        facts.update(range_facts(nominal))
        where.append("Image.NominalPixelRange")
    if metadata.get("Image.ColorSpaceGamma") == "Linear":
        notes.append("The file asks for linear light, which images are not converted to.")
    if metadata.get("task") == "classify" and "stride" in metadata:
        facts.update(geometry=CROP, crop_pct=1.0, interpolation=BILINEAR, antialias=True, colours=RGB)
        facts.update(range_facts("0..1"))
        where.append("Ultralytics' metadata")
    if metadata.get("task") in _ULTRALYTICS_BOXES and "stride" in metadata:
        facts.update(geometry=LETTERBOX, pad=GREY_114, interpolation=BILINEAR, antialias=False, colours=RGB)
        facts.update(range_facts("0..1"))
        where.append("Ultralytics' metadata")
    size = _literal(metadata.get("imgsz", ""))
    if isinstance(size, list | tuple) and len(size) == 2 and all(isinstance(side, int) for side in size):
        facts["size"] = (size[0], size[1])
    if whole_range is not None and "values" not in facts:
        facts.update(range_facts(whole_range))
        where.append("the type of the input")
    return Statement(FILE, " and ".join(where) or "the file", facts), notes


def range_facts(name: str) -> Facts:
    """Return the mean and std of a range of `RANGES`."""
    centre, spread = RANGES[name]
    return {"values": ((centre,) * 3, (spread,) * 3)}


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and bool(np.allclose(one, other, rtol=1e-3, atol=1e-4))
    return bool(one == other)


def _shown(value: Any) -> str:
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], tuple):
        return values_in_words(*value)
    return str(value)


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:.4g}" for value in dict.fromkeys(values)) if values else ""
