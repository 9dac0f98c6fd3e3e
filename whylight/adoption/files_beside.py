"""Facts and names in files beside a model, as exporters leave them there.

Hugging Face's `preprocessor_config.json` and `config.json`, timm's `config.json`, lists of class names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import floor
from pathlib import Path
from typing import Any

from whylight.adoption.image_processors import processor_facts, triple_of
from whylight.adoption.input_facts import Facts, Statement
from whylight.adoption.preprocessing_presets import Triple
from whylight.errors import ModelError
from whylight.images.geometry import BESIDE, CROP, INTERPOLATIONS, LETTERBOX, STRETCH


def beside_statements(path: Path) -> list[Statement]:
    """Return the facts of files beside the model, those of its own folder first.

    A model in a folder `onnx` has them one folder higher, as Hugging Face's hub lays them out.
    """
    statements = []
    for name, reader in (("preprocessor_config.json", processor_facts), ("config.json", timm_facts)):
        for folder in _folders(path):
            found = _json_object(folder / name)
            if found is not None and reader is processor_facts:
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


def timm_facts(found: Mapping[str, Any]) -> Facts:
    """Facts in timm's `config.json`."""
    settings = found.get("pretrained_cfg")
    if not isinstance(settings, Mapping):
        return {}
    facts: Facts = {}
    mean, std = triple_of(settings.get("mean")), triple_of(settings.get("std"))
    if mean and std:
        facts["values"] = mean, std
    size = settings.get("input_size")
    if isinstance(size, list) and len(size) == 3:
        facts["size"] = (int(size[1]), int(size[2]))
    if settings.get("interpolation") in INTERPOLATIONS:
        facts["interpolation"], facts["antialias"] = settings["interpolation"], True
    return facts | _timm_geometry(settings, facts.get("size"), mean)


def _timm_geometry(settings: Mapping[str, Any], size: tuple[int, int] | None, mean: Triple | None) -> Facts:
    """Geometry of timm's `create_transform`; nothing where it is not known here.

    An image covers an input that is not square in proportion to both sides.
    """
    share, mode = settings.get("crop_pct"), settings.get("crop_mode", "center")
    if not isinstance(share, int | float) or not 0 < share <= 1:
        return {}
    is_square = size is None or size[0] == size[1]
    if mode == "center" and is_square:
        return {"geometry": CROP, "crop_pct": float(share)}
    if mode == "center" and size is not None:
        return {"geometry": CROP, "cover": (floor(size[0] / share), floor(size[1] / share))}
    if mode == "squash" and (is_square or share == 1):
        return {"geometry": STRETCH, "crop_pct": float(share)}
    if mode == "border" and is_square and share == 1 and mean is not None:
        return {"geometry": LETTERBOX, "pad": tuple(round(255 * value) for value in mean)}
    return {}


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
