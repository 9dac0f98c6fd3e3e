"""Finding pictures: generators that run off the interface thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from whylight.common.paths import is_file, is_folder

if TYPE_CHECKING:
    from whylight.errors import ImageError

CHUNK_SECONDS = 0.1
"""Found pictures are handed over this often, so that the list grows visibly and not one by one."""

CHUNK_LENGTH = 500
"""At most so many at once: the list takes them in well under a frame (50 ms)."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What was found since the chunk before."""

    pictures: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    """Those that were gone through, whether or not they hold pictures, and those of files that were named."""


def sample_pictures() -> Iterator[Chunk]:
    """Yield the bundled sample pictures, all at once."""
    from whylight.bundled import sample_images

    yield Chunk(list(sample_images()))


def find_pictures(paths: Sequence[Path], *, recursive: bool = True) -> Iterator[Chunk | ImageError]:
    """Yield the pictures in files and folders in chunks, as found, then the folders that cannot be listed."""
    from whylight.images.files import find_images

    errors: list[ImageError] = []
    pictures: list[Path] = []
    folders = [path.parent for path in paths if not is_folder(path)]
    started = -CHUNK_SECONDS  # the first one at once: it is the one to be explained
    for path in find_images(
        paths,
        recursive=recursive,
        on_error=lambda _, error: errors.append(error),
        on_folder=folders.append,
    ):
        pictures.append(path)
        if monotonic() - started > CHUNK_SECONDS or len(pictures) == CHUNK_LENGTH:
            yield Chunk(pictures, folders.copy())
            folders.clear()
            pictures, started = [], monotonic()
    yield Chunk(pictures, folders)
    yield from errors


def single_picture(paths: Sequence[Path]) -> Path | None:
    """Return the picture if a single existing file was opened: then its folder is, to go through."""
    return paths[0].absolute() if len(paths) == 1 and is_file(paths[0]) else None


def find_siblings(picture: Path) -> Iterator[Chunk | ImageError]:
    """Yield the pictures of a picture's folder, itself among them, but not those of sub-folders."""
    from whylight.images.files import IMAGE_SUFFIXES

    if picture.suffix.lower() not in IMAGE_SUFFIXES:  # the user's wish, whatever it is called
        yield Chunk([picture])
    yield from find_pictures([picture.parent], recursive=False)
