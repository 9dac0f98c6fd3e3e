"""Look up classes by name, as typed by users or used as folder names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

import numpy as np

from whylight.errors import Message, QuestionError

_NUMBER_PREFIX = re.compile(r"^\d+\.")
"""Number prefix as in Caltech-256: `002.american-flag`."""


@lru_cache(maxsize=20_000)  # two models of ImageNet's classes with their synonyms
def plain_name(name: str) -> str:
    """Normalise a class or folder name: no number prefix, case or separators."""
    return re.sub(r"[-_\s]+", " ", _NUMBER_PREFIX.sub("", name)).strip().casefold()


Target = int | str
"""Index or name of a class."""


def find_class(target: Target, classes: Sequence[str], further_names: Sequence[str] = ()) -> int:
    """Return the index of a class given by name or index.

    Names match regardless of case and word separators, and the part after a comma in ImageNet's labels
    (`tabby, tabby cat`) is optional. Text that matches no name but is a number is an index.

    Args:
        target: name or index.
        classes: names of the K classes.
        further_names: further names of each, separated by `; `, which are tried last (`Card.further_names`).

    Raises:
        QuestionError: there is no such class, or several have this name; the message suggests names or
            indices.
    """
    if isinstance(target, str):
        # Exact names first, then normalised names, then parts of comma-separated labels.
        named = [index for index, name in enumerate(classes) if name == target]
        wanted = plain_name(target)
        for names_of in (lambda name: [name], lambda name: name.split(",")):
            named = named or [
                index
                for index, name in enumerate(classes)
                if wanted in [plain_name(part) for part in names_of(name)]
            ]
        named = named or [
            index
            for index, names in enumerate(further_names)
            if wanted in [plain_name(part) for part in names.split(";")]
        ]
        if len(named) == 1:
            return named[0]
        if named:
            indexes = ", ".join(map(str, named))
            raise QuestionError(
                "there are several classes '{target}': name one by its index ({indexes})",
                target=target,
                indexes=indexes,
            )
        if not re.fullmatch(r"\s*-?\d+\s*", target):
            raise QuestionError(_no_class(target, classes, further_names))
        target = int(target)
    if isinstance(target, bool) or not isinstance(target, (int, np.integer)):
        raise QuestionError("expected the name or index of a class; got {target}", target=repr(target))
    if not 0 <= target < len(classes):
        raise QuestionError(
            "there is no class {index}: the model has classes 0 to {last}",
            index=target,
            last=len(classes) - 1,
        )
    return int(target)


def _no_class(target: str, classes: Sequence[str], further_names: Sequence[str]) -> Message:
    plain = {
        plain_name(part): name
        for name, further in zip(classes, further_names, strict=bool(further_names))
        for part in further.split(";")
        if part
    }
    plain |= {plain_name(part): name for name in classes for part in name.split(",")}
    wanted = plain_name(target)
    near = [plain[name] for name in get_close_matches(wanted, plain, n=3)]
    near += [name for part, name in plain.items() if wanted and wanted in part and name not in near]
    if near:
        names = " / ".join(f"'{name}'" for name in near[:3])
        return Message("there is no class '{target}'; did you mean {names}?", target=target, names=names)
    few = ", ".join(f"'{name}'" for name in classes[:5]) + (", …" if len(classes) > 5 else "")
    return Message(
        "there is no class '{target}'; the model's {count} classes are {few}",
        target=target,
        count=len(classes),
        few=few,
    )


class FolderLabels:
    """Maps images to the class their folder is named after, cached by folder."""

    def __init__(self, classes: Sequence[str], further_names: Sequence[str] = ()) -> None:
        """`further_names`: further names of each class, separated by `; `."""
        self._by_plain_name: dict[str, int] = {}
        for index, name in enumerate(classes):
            self._by_plain_name.setdefault(plain_name(name), index)
        for index, names in enumerate(further_names):
            for name in names.split(";"):
                if name:
                    self._by_plain_name.setdefault(plain_name(name), index)
        self._by_folder: dict[str, int | None] = {}

    def label_of(self, path: Path) -> int | None:
        """Return the index of the class that the image's folder is named after, or None."""
        return self.of_folder(path.parent.name)

    def of_folder(self, folder: str) -> int | None:
        """Return the index of the class that a folder is named after, or None."""
        if folder not in self._by_folder:
            self._by_folder[folder] = self._by_plain_name.get(plain_name(folder))
        return self._by_folder[folder]
