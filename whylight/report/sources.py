"""Images of a report, and the names of their panels."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from whylight.common.paths import is_folder, valid_unicode
from whylight.errors import ImageError
from whylight.images.files import REPORT_PANELS, find_images

# What Windows and FAT forbid in names: a report is carried from one machine to another.
_FORBIDDEN = re.compile(r'[<>:"\\|?*\x00-\x1f\x7f]')
_TRAILING = re.compile(r"[. ]+$")
_LONGEST_NAME = 200
"""Bytes of one name; file systems allow 255, and a suffix is still to come."""


@dataclass(frozen=True, slots=True)
class Source:
    """Image to be explained."""

    path: Path
    """Where it is, as the user reaches it."""
    name: str
    """Its path from the folder that was asked for, with forward slashes (`birds/rooster.png`)."""
    panels: str
    """The path of its panels in the report's folder without their endings: `panels/birds/rooster.png`."""


def list_sources(
    paths: Iterable[str | os.PathLike[str]],
    out_dir: Path,
    on_error: Callable[[Path, ImageError], None],
) -> list[Source]:
    """List the images under `paths`, each once.

    Folders that cannot be listed go to `on_error`.

    Names are relative to the folder asked for, or to the last folder that several paths have in common. Files
    in `out_dir`, if it is inside such a folder, are left out: they belong to an earlier report.
    """
    roots = [Path(path) for path in paths]
    base = _base(roots)
    out = out_dir.resolve()
    seen: set[Path] = set()
    names = PanelNames()
    sources = []
    for root in roots:
        walked = is_folder(root)
        folder = root if walked else root.parent
        resolved = folder.resolve()
        earlier = out if walked and resolved in out.parents else None
        for path in find_images([root], on_error=on_error):
            place = resolved / path.relative_to(folder)
            if place in seen or earlier in place.parents:
                continue
            seen.add(place)
            name = valid_unicode(
                (place.relative_to(base) if base is not None else Path(place.name)).as_posix()
            )
            sources.append(Source(path, name, names.unused(name)))
    return sources


def _base(roots: Sequence[Path]) -> Path | None:
    """Return the folder that names are relative to; None for two drives on Windows."""
    # A file's own link is not followed: its name is what the user calls it.
    folders = [root.resolve() if is_folder(root) else root.parent.resolve() for root in roots]
    if len(roots) > 1:
        folders = [
            folder.parent if is_folder(root) else folder for root, folder in zip(roots, folders, strict=True)
        ]
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:
        return None


class PanelNames:
    """Gives every image a name of its own for its panels.

    The image's suffix stays in it (`a.jpg` beside `a.png`), letters that differ only in case count as the
    same (as they do on Windows and macOS), and what still collides is numbered.
    """

    def __init__(self) -> None:
        self._used: set[str] = set()

    def unused(self, name: str) -> str:
        """Return an unused path for the panels of the image `name` (forward slashes)."""
        parts = [_portable(part) for part in name.split("/")]
        candidate = "/".join([REPORT_PANELS, *parts])
        stem, number = candidate, 1
        while candidate.casefold() in self._used:
            number += 1
            candidate = f"{stem}~{number}"
        self._used.add(candidate.casefold())
        return candidate


def _portable(part: str) -> str:
    part = _TRAILING.sub("_", _FORBIDDEN.sub("_", part))
    data = part.encode("utf-8")
    if len(data) > _LONGEST_NAME:
        part = data[:_LONGEST_NAME].decode("utf-8", "ignore")
    return part
