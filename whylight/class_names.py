"""Classes by name: as a user types them, and as folders of images are named."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path

from whylight.errors import QuestionError

_NUMBER_PREFIX = re.compile(r"^\d+\.")
"""Of Caltech-256: `002.american-flag`."""


def plain_name(name: str) -> str:
    """Return a class or folder name without number prefix, case and kind of word separator."""
    return re.sub(r"[-_\s]+", " ", _NUMBER_PREFIX.sub("", name)).strip().casefold()


class FolderLabels:
    """Finds the class that an image's folder is named after, quickly for many images of few folders."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._by_plain_name: dict[str, int] = {}
        for index, name in enumerate(classes):
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


def find_class(classes: Sequence[str], text: str) -> int:
    """The index of the class that a user names by its name or its index.

    A name counts as it is written in the model; else without regard to case, to `-` and `_`, and to a number
    before it; else as one of several names that a class has (`tabby` of `tabby, tabby cat`).

    Args:
        classes: names of the K classes.
        text: a name, or an index from 0 to K - 1.

    Raises:
        QuestionError: no class is named so, or several are.
    """
    text = text.strip()
    plain = [plain_name(name) for name in classes]
    wanted = plain_name(text)
    for found in (
        [index for index, name in enumerate(classes) if name == text],
        [int(text)] if text.isdecimal() and int(text) < len(classes) else [],
        [index for index, name in enumerate(plain) if name == wanted],
        [index for index, name in enumerate(plain) if wanted in map(str.strip, name.split(","))],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            indexes = ", ".join(map(str, found[:5]))
            raise QuestionError(f"{len(found)} classes are named '{text}': give an index, one of {indexes}")
    if re.fullmatch(r"-?\d+", text):
        raise QuestionError(f"there is no class {text}: the model has classes 0 to {len(classes) - 1}")
    near = difflib.get_close_matches(wanted, plain, n=3, cutoff=0.6)
    near += [name for name in plain if wanted and wanted in name and name not in near][: 3 - len(near)]
    names = " or ".join(f"'{classes[plain.index(name)]}'" for name in near)
    few = ", ".join(f"'{name}'" for name in classes[:5]) + (", ..." if len(classes) > 5 else "")
    hint = f"did you mean {names}?" if names else f"its {len(classes)} classes are {few}"
    raise QuestionError(f"the model has no class '{text}'; {hint}")
