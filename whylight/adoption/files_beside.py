"""Facts and names in files beside a model, as exporters leave them there.

Hugging Face's `preprocessor_config.json` and `config.json`, timm's `config.json`, lists of class names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whylight.adoption.input_facts import Facts, Statement, range_facts
from whylight.adoption.preprocessing_presets import Triple
from whylight.errors import ModelError
from whylight.images.geometry import (
    AS_TORCH,
    BESIDE,
    BGR,
    CROP,
    FLOOR,
    INTERPOLATIONS,
    PILLOW_NUMBERS,
    STRETCH,
)


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
        facts.update(range_facts("0..1" if found.get("do_rescale", True) else "0..255"))
    if found.get("do_flip_channel_order"):
        facts["colours"] = BGR
    if "resample" in found and found["resample"] in PILLOW_NUMBERS:
        interpolation = PILLOW_NUMBERS[found["resample"]]
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
