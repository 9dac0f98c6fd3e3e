"""Facts about the input of a network, each with its source.

Facts are collected from the user's options, a preset, the file's own metadata and files beside it, in that
order; the first that says something counts, and what a later one says differently is a contradiction, which
is reported. Formats: ONNX's `Image.*` metadata (docs/MetadataProps.md of the ONNX repository), Ultralytics'
exporter, Hugging Face's `preprocessor_config.json`, timm's `config.json`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

import numpy as np

from whylight.adoption.preprocessing_presets import Preprocessing, Triple
from whylight.errors import Message, ModelError
from whylight.images.geometry import (
    AS_TORCH,
    ASSUMED,
    BESIDE,
    BGR,
    BICUBIC,
    BILINEAR,
    CENTRE,
    CROP,
    FILE,
    FLOOR,
    GREY,
    GREY_114,
    INTERPOLATIONS,
    LANCZOS,
    LETTERBOX,
    NEAREST,
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

_PILLOW = {0: NEAREST, 1: LANCZOS, 2: BILINEAR, 3: BICUBIC}
"""Pillow's numbers of interpolations, as Hugging Face writes them."""

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
        for name in ("crop_pct", "resize", "corner", "pad", "place"):
            if name in by and by[name].source != USER:
                del chosen[name], by[name]
    elif by.get("crop_pct") is not None and "resize" in by and by["crop_pct"].source == USER:
        del chosen["resize"], by["resize"]
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
        facts.update(_range(values))
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
        facts.update(_range(nominal))
        where.append("Image.NominalPixelRange")
    if metadata.get("Image.ColorSpaceGamma") == "Linear":
        notes.append("The file asks for linear light, which images are not converted to.")
    if metadata.get("task") == "classify" and "stride" in metadata:
        facts.update(geometry=CROP, crop_pct=1.0, interpolation=BILINEAR, antialias=True, colours=RGB)
        facts.update(_range("0..1"))
        where.append("Ultralytics' metadata")
    if metadata.get("task") in _ULTRALYTICS_BOXES and "stride" in metadata:
        facts.update(geometry=LETTERBOX, pad=GREY_114, interpolation=BILINEAR, antialias=False, colours=RGB)
        facts.update(_range("0..1"))
        where.append("Ultralytics' metadata")
    size = _literal(metadata.get("imgsz", ""))
    if isinstance(size, list | tuple) and len(size) == 2 and all(isinstance(side, int) for side in size):
        facts["size"] = (size[0], size[1])
    if whole_range is not None and "values" not in facts:
        facts.update(_range(whole_range))
        where.append("the type of the input")
    return Statement(FILE, " and ".join(where) or "the file", facts), notes


def beside_statements(path: Path) -> list[Statement]:
    """Return the facts of files beside the model, those of its own folder first.

    A model in a folder `onnx` has them one folder higher, as Hugging Face's hub lays them out.
    """
    statements = []
    for name, reader in (("preprocessor_config.json", hugging_face_facts), ("config.json", timm_facts)):
        for folder in _folders(path):
            found = _json_object(folder / name)
            if found is not None and reader is hugging_face_facts:
                version = (_json_object(folder / "config.json") or {}).get("transformers_version")
                found = {"transformers_version": version, **found}
            facts = {} if found is None else reader(found)
            if facts:
                statements.append(Statement(BESIDE, f"'{name}' beside the model", facts))
                break
    return statements


def names_beside(path: Path, count: int) -> tuple[tuple[str, ...], str] | None:
    """Return K class names of a file beside the model, and its name; None without one.

    Read are `NAME.labels.txt`, `NAME.txt` (or that of the first words of a name, `cats.txt` for
    `cats_int8.onnx`), `labels.txt`, `classes.txt`, and the `id2label` or `label_names` of a `config.json`.
    """
    from whylight.adoption.class_names import names_of, read_labels

    for folder in _folders(path):
        own = [f"{path.stem}.labels.txt", f"{path.stem}.txt"]
        own += [
            f"{path.stem[:end]}.txt" for end in range(len(path.stem), 0, -1) if path.stem[end:][:1] in "_-."
        ]
        for name in dict.fromkeys([*own, "labels.txt", "classes.txt"]):
            if (folder / name).is_file():
                try:
                    return read_labels(folder / name, count), name
                except ModelError:  # of another model, or no names at all
                    continue
        found = _json_object(folder / "config.json")
        for listed in () if found is None else (found.get("id2label"), found.get("label_names")):
            names = names_of(listed, count)
            if names is not None:
                return names, "config.json"
    return None


def hugging_face_facts(found: Mapping[str, Any]) -> Facts:
    """Facts in Hugging Face's `preprocessor_config.json`.

    `transformers_version` may stand in it, from the model's `config.json`: it says by which library the image
    processors resize that do not say so by their names.
    """
    facts: Facts = {}
    if found.get("do_normalize", True) and "image_mean" in found and "image_std" in found:
        mean, std = _triple(found["image_mean"]), _triple(found["image_std"])
        if mean and std:
            facts["values"] = mean, std
    elif found.get("do_normalize") is False:
        facts.update(_range("0..1" if found.get("do_rescale", True) else "0..255"))
    if found.get("do_flip_channel_order"):
        facts["colours"] = BGR
    if "resample" in found and found["resample"] in _PILLOW:
        interpolation = _PILLOW[found["resample"]]
        if _resizes_by_torch(found):
            interpolation = AS_TORCH.get(interpolation, interpolation)
        facts["interpolation"], facts["antialias"] = interpolation, True
    size, crop = found.get("size"), found.get("crop_size")
    if not found.get("do_resize", True) or size is None:
        return facts
    shortest = size.get("shortest_edge") if isinstance(size, Mapping) else None
    crops = bool(found.get("do_center_crop"))
    if shortest is None and isinstance(size, int) and crops:
        shortest = size
    share = found.get("crop_pct")
    if crops and isinstance(shortest, int):
        facts.update(geometry=CROP, resize=shortest, corner=FLOOR)
        sides = _sides(crop)
        facts.update({} if sides is None else {"size": sides})
    elif isinstance(share, float) and isinstance(shortest, int):  # ConvNeXt: large images are stretched
        facts["size"] = (shortest, shortest)
        facts.update(geometry=CROP if shortest < 384 else STRETCH)
        facts.update({"resize": int(shortest / share), "corner": FLOOR} if shortest < 384 else {})
    elif shortest is None and (sides := _sides(size)) is not None:
        facts.update(geometry=STRETCH, size=sides)
        if crops and (cropped := _sides(crop)) is not None and cropped != sides and sides[0] == sides[1]:
            facts.update(resize=sides[0], size=cropped)
    return facts


def _resizes_by_torch(found: Mapping[str, Any]) -> bool:
    """Whether a Hugging Face processor resizes PyTorch's tensors, not Pillow's images.

    The default since transformers 5; before, that of the classes named `...Fast`.
    """
    processor, version = found.get("image_processor_type"), found.get("transformers_version")
    if isinstance(processor, str) and processor.endswith(("Fast", "Pil")):
        return processor.endswith("Fast")
    first = version.partition(".")[0] if isinstance(version, str) else ""
    return first.isdigit() and int(first) >= 5


def timm_facts(found: Mapping[str, Any]) -> Facts:
    """Facts in timm's `config.json`."""
    settings = found.get("pretrained_cfg")
    if not isinstance(settings, Mapping):
        return {}
    facts: Facts = {}
    mean, std = _triple(settings.get("mean")), _triple(settings.get("std"))
    if mean and std:
        facts["values"] = mean, std
    size = settings.get("input_size")
    if isinstance(size, list) and len(size) == 3:
        facts["size"] = (int(size[1]), int(size[2]))
    if settings.get("interpolation") in INTERPOLATIONS:
        facts["interpolation"], facts["antialias"] = settings["interpolation"], True
    share, mode = settings.get("crop_pct"), settings.get("crop_mode", "center")
    if isinstance(share, int | float) and 0 < share <= 1 and mode in ("center", "squash"):
        facts["geometry"] = CROP if mode == "center" else STRETCH
        facts["crop_pct"] = float(share)
    return facts


def _range(name: str) -> Facts:
    centre, spread = RANGES[name]
    return {"values": ((centre,) * 3, (spread,) * 3)}


def _folders(path: Path) -> list[Path]:
    folder = path.absolute().parent
    return [folder, folder.parent] if folder.name == "onnx" else [folder]


def _json_object(path: Path) -> Mapping[str, Any] | None:
    """A JSON file that holds an object; None where there is none that can be read."""
    try:
        if not path.is_file() or path.stat().st_size > 2**25:
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, Mapping) else None


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None


def _triple(values: Any) -> Triple | None:
    if isinstance(values, int | float):
        values = [values] * 3
    if not isinstance(values, list | tuple) or len(values) not in (1, 3):
        return None
    numbers = [float(value) for value in values] * (3 // len(values))
    return numbers[0], numbers[1], numbers[2]


def _sides(size: Any) -> tuple[int, int] | None:
    if isinstance(size, int):
        return size, size
    if (
        isinstance(size, Mapping)
        and isinstance(size.get("height"), int)
        and isinstance(size.get("width"), int)
    ):
        return size["height"], size["width"]
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
