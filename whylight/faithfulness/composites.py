"""Composite images with a known correct explanation away from the centre.

Composites: a cut-out object pasted off-centre onto a photograph. Only the object belongs to its class, and
its alpha channel is an exact mask. Mosaics: photographs of several classes in a grid; the correct place for
each class is its own photograph.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.errors import ImageError
from whylight.images.decode import read_image
from whylight.images.encode import write_image

OBJECT_SHARE = (0.28, 0.38)
"""Range of the object's longer side, relative to the image's side."""

LEAST_GAP = 0.08
"""Minimum distance of the image's centre from the object's box, relative to the image's side.

At the default size it exceeds the pointing game's tolerance plus half a map cell, so a map that points at the
centre is always a miss.
"""


@dataclass(frozen=True, slots=True)
class Cutout:
    """An object with a transparent background."""

    colours: NDArray[np.uint8]
    """RGB uint8 `[H, W, 3]`."""
    alpha: NDArray[np.uint8]
    """`[H, W]`, 255 on the object and 0 elsewhere."""


def read_cutout(path: str | os.PathLike[str]) -> Cutout:
    """Read an image with transparency (PNG, WebP, TIFF), cropped to its object.

    Raises:
        ImageError: the image cannot be read, or has no transparency or no object.
    """
    path = Path(path)
    read_image(path)  # raises for missing, damaged and oversized files
    decoded = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint8 or decoded.ndim != 3 or decoded.shape[2] != 4:
        raise ImageError("{path}: a cut-out needs 8 bits per channel and an alpha channel", path=path)
    alpha = decoded[..., 3]
    rows, columns = np.flatnonzero(alpha.max(axis=1) > 127), np.flatnonzero(alpha.max(axis=0) > 127)
    if len(rows) == 0 or (alpha > 127).all():
        raise ImageError("{path}: a cut-out needs an object and transparency around it", path=path)
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    colours = np.asarray(cv2.cvtColor(decoded[part], cv2.COLOR_BGRA2RGB), np.uint8)
    return Cutout(colours, np.ascontiguousarray(alpha[part]))


def compose(
    cutout: Cutout, background: NDArray[np.uint8], random: np.random.Generator, side: int = 320
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Paste an object at a random position and size onto a background.

    Args:
        cutout: the object.
        background: RGB uint8 `[H, W, 3]`; its centre square is used.
        random: generator of size and position.
        side: height and width of the image in pixels.

    Returns:
        The image, RGB uint8 `[side, side, 3]`, and the object's mask, bool `[side, side]`, true where it
        covers more than half of a pixel. The object lies completely inside the image.
    """
    share = random.uniform(*OBJECT_SHARE)
    height, width = cutout.alpha.shape
    factor = share * side / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    # Premultiplied, so that the colours of transparent pixels do not bleed into the edge.
    alpha = cv2.resize(cutout.alpha.astype(np.float32) / 255, size, interpolation=cv2.INTER_AREA)
    weighted = cutout.colours * (cutout.alpha[..., None] / np.float32(255))
    colours = cv2.resize(weighted.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    top, left = _place(random, (size[1], size[0]), side)
    image = _middle_square(background, side).astype(np.float32)
    part = slice(top, top + size[1]), slice(left, left + size[0])
    image[part] = image[part] * (1 - alpha[..., None]) + colours
    mask = np.zeros((side, side), np.bool_)
    mask[part] = alpha > 0.5
    return np.rint(np.clip(image, 0, 255)).astype(np.uint8), mask


def _place(random: np.random.Generator, size: tuple[int, int], side: int) -> tuple[int, int]:
    """Choose top and left of an object of `size` inside the image, off-centre."""
    while True:
        place = [int(random.integers(side - length + 1)) for length in size]
        gaps = [
            max(start - side / 2, side / 2 - (start + length), 0)
            for start, length in zip(place, size, strict=True)
        ]
        if hypot(*gaps) >= LEAST_GAP * side:
            return place[0], place[1]


def _middle_square(background: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    height, width = background.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = background[top : top + edge, left : left + edge]
    how = cv2.INTER_AREA if edge > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(square, (side, side), interpolation=how), np.uint8)


def mosaic(
    photographs: Sequence[NDArray[np.uint8]], columns: int = 2, side: int = 160
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Arrange photographs in a grid: the grid pointing game.

    Boehle, Fritz and Schiele, CVPR 2021.

    Args:
        photographs: RGB uint8 `[H, W, 3]` each, in full rows; their centre squares are used.
        columns: columns of the grid.
        side: height and width of each square in pixels.

    Returns:
        The mosaic, RGB uint8 `[rows side, columns side, 3]`, and the mask of each photograph, bool
        `[N, rows side, columns side]`.
    """
    rows = len(photographs) // columns
    image = np.zeros((rows * side, columns * side, 3), np.uint8)
    places = np.zeros((len(photographs), *image.shape[:2]), np.bool_)
    for index, (photograph, place) in enumerate(zip(photographs, places, strict=True)):
        row, column = divmod(index, columns)
        part = slice(row * side, (row + 1) * side), slice(column * side, (column + 1) * side)
        image[part] = _middle_square(photograph, side)
        place[part] = True
    return image, places


def write_composites(
    cutouts: Iterable[Path], backgrounds: Sequence[Path], out: Path, *, each: int = 4, seed: int = 0
) -> list[Path]:
    """Write images with a known correct explanation, as input of `whylight evaluate`.

    Args:
        cutouts: images with transparency, each named after its class (`sea_horse.png`).
        backgrounds: photographs; not reused as long as there are enough.
        out: receives `images/<class>/<class>-<number>.png`, and the same under `masks`.
        each: number of composites per cut-out.
        seed: seed of the random choices.

    Returns:
        The paths of the images.

    Raises:
        ImageError: an image cannot be read or written, or a cut-out is invalid.
    """
    random = np.random.default_rng(seed)
    order = [backgrounds[index] for index in random.permutation(len(backgrounds))]
    written: list[Path] = []
    for path in cutouts:
        cutout = read_cutout(path)
        for number in range(each):
            image, mask = compose(cutout, read_image(order[len(written) % len(order)]), random)
            name = Path(path.stem) / f"{path.stem}-{number}.png"
            white = np.where(mask[..., None], np.uint8(255), np.uint8(0)).repeat(3, axis=2)
            for folder, content in (("masks", white), ("images", image)):
                (out / folder / name).parent.mkdir(parents=True, exist_ok=True)
                write_image(out / folder / name, content)
            written.append(out / "images" / name)
    return written
