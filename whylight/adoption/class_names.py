"""Names of classes: from a text file, a JSON file, or the model's own metadata."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path

from whylight.adoption.known_classes import KNOWN_CLASSES, known_class_names
from whylight.common.paths import is_file
from whylight.errors import Message, ModelError

_METADATA_KEYS = ("names", "labels", "classes", "class_names", "id2label", "character")


def read_labels(path: Path, count: int) -> tuple[str, ...]:
    """Read K names: a line each, a JSON list, or a JSON object `{"0": name, ...}`.

    Objects whose values are lists (`{"0": ["n01440764", "tench"]}`) give the last entry. The name of a data
    set in `whylight.adoption.known_classes`, `imagenet` for instance, gives its classes, unless there is a
    file of that name.

    Raises:
        ModelError: the file cannot be read, or holds another number of names.
    """
    if str(path) in KNOWN_CLASSES and not is_file(path):
        names = known_class_names(str(path), count)
        return _checked(names, count, Message("the list '{name}'", name=str(path)))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        if path.parent == Path() and not path.suffix:
            raise ModelError(
                "{path}: there is no such file of labels; there are lists named {known}",
                path=path,
                known=", ".join(KNOWN_CLASSES),
            ) from error
        raise ModelError("{path}: the labels cannot be read: {reason}", path=path, reason=error) from error
    found: object
    if path.suffix.lower() == ".json":
        try:
            found = json.loads(text)
        except json.JSONDecodeError as error:
            raise ModelError(
                "{path}: the labels are not valid JSON: {reason}", path=path, reason=error
            ) from error
    else:
        found = [line.strip() for line in text.splitlines() if line.strip()]
    return _checked(found, count, str(path))


def labels_from_metadata(metadata: Mapping[str, str], count: int) -> tuple[str, ...] | None:
    """Return the class names in a model's metadata, None if it has no `count` names."""
    for key in _METADATA_KEYS:
        text = metadata.get(key, "")
        for parse in (json.loads, ast.literal_eval, _lines):
            try:
                return _checked(parse(text), count, Message("metadata '{key}'", key=key))
            except (ModelError, ValueError, SyntaxError):
                continue
    return None


def names_of(found: object, count: int) -> tuple[str, ...] | None:
    """Return K names of a list, or of an object of names by number, or None."""
    try:
        return _checked(found, count, "")
    except ModelError:
        return None


def numbered_values(count: int) -> tuple[str, ...]:
    """Return the names of numbers: `value`, or `value 0`, `value 1`, ..."""
    return ("value",) if count == 1 else tuple(f"value {index}" for index in range(count))


def numbered(count: int) -> tuple[str, ...]:
    """Return the names `class 0`, `class 1`, ..."""
    return tuple(f"class {index}" for index in range(count))


def _lines(text: str) -> list[str]:
    separator = "\n" if "\n" in text.strip() else ","
    return [part.strip() for part in text.split(separator) if part.strip()]


def _checked(found: object, count: int, what: str) -> tuple[str, ...]:
    if isinstance(found, Mapping):
        entries = {str(key): value for key, value in found.items()}
        if set(entries) != {str(index) for index in range(len(entries))}:
            raise ModelError(
                "{what}: the keys are not the numbers 0 to {last}", what=what, last=len(entries) - 1
            )
        found = [entries[str(index)] for index in range(len(entries))]
    if not isinstance(found, list | tuple):
        raise ModelError("{what}: expected a list of names or an object of names by number", what=what)
    names = tuple(str(entry[-1] if isinstance(entry, list | tuple) and entry else entry) for entry in found)
    if len(names) != count:
        raise ModelError(
            "{what}: {names} names; the model has {count} classes",
            what=what,
            names=len(names),
            count=count,
        )
    return names
