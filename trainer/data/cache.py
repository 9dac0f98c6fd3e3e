"""Image cache: decoded and resized images in one memory-mapped uint8 array.

Decoding in every epoch would compete with the network for the CPU: two cores read about 620 images of
Caltech-101 per second and train ImprovedCNN on about 110 at 96 pixels. A memory map opens instantly and
lets the operating system decide which pages stay in memory.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from whylight.common.atomic_file import part_path, write_text
from whylight.errors import ImageError, TrainingError
from whylight.images.decode import read_image

from ..progress.event import OnProgress, ProgressEvent
from .image_set import ImageDataset

POLICY = "read_image, antialiased bilinear to S x S, unreadable images left out, version 1"
"""How images are processed. It is part of the cache key: change it together with the processing."""


@dataclass(frozen=True, slots=True)
class ImageCache:
    """All readable images of a data set at one size."""

    pixels: NDArray[np.uint8]
    """uint8 RGB `[count, S, S, 3]`, memory-mapped and read-only."""
    paths: tuple[str, ...]
    """Relative path of each image, in the order of the data set."""
    unreadable: Mapping[str, str]
    """Relative path of each excluded image, and the reason."""


def resize(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize uint8 `[H, W, 3]` to `[size, size, 3]` by antialiased bilinear filtering.

    The aspect ratio is not kept. This is TorchVision's `Resize((size, size))` on a uint8 tensor, whose kernel
    is Pillow's with coarser fixed-point weights: values differ by at most one level from those on a PIL
    image.
    """
    tensor = torch.from_numpy(image).permute(2, 0, 1)
    from torchvision.transforms.v2 import InterpolationMode, functional  # takes two seconds

    small = functional.resize(tensor, [size, size], interpolation=InterpolationMode.BILINEAR, antialias=True)
    return np.ascontiguousarray(small.permute(1, 2, 0).numpy())


def open_caches(
    images: ImageDataset, sizes: Sequence[int], folder: Path, workers: int, on_progress: OnProgress
) -> dict[int, ImageCache]:
    """Open the caches of `images` at `sizes`, building missing or outdated ones.

    They are stored below `folder`. Each image is decoded once for all sizes. Raises `TrainingError` if no
    image can be read.
    """
    key = _key(images)
    places = {size: folder / f"{_slug(images.name)}-{size}" for size in sizes}
    missing = {size: place for size, place in places.items() if not _is_current(place, key)}
    if missing:
        _build(images, missing, key, workers, on_progress)
    return {size: _open(place) for size, place in places.items()}


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower())


def _key(images: ImageDataset) -> str:
    """SHA-256 over the policy and the path, size and modification time of every file."""
    digest = hashlib.sha256(POLICY.encode())
    for path in images.paths:
        facts = (images.root / path).stat()
        digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _is_current(place: Path, key: str) -> bool:
    try:
        return bool(json.loads((place / "contents.json").read_text(encoding="utf-8"))["key"] == key)
    except (OSError, ValueError, KeyError):
        return False


def _open(place: Path) -> ImageCache:
    contents = json.loads((place / "contents.json").read_text(encoding="utf-8"))
    paths = tuple(contents["paths"])
    pixels = np.load(place / "pixels.npy", mmap_mode="r")[: len(paths)]
    return ImageCache(pixels, paths, contents["unreadable"])


def _build(
    images: ImageDataset, places: dict[int, Path], key: str, workers: int, on_progress: OnProgress
) -> None:
    """Fill new folders next to `places` and rename them, so that none is ever partial."""
    beside = {size: part_path(place) for size, place in places.items()}
    try:
        for folder in beside.values():
            folder.mkdir(parents=True)
        paths, unreadable = _fill(images, beside, workers, on_progress)
        contents = {"key": key, "policy": POLICY, "paths": paths, "unreadable": unreadable}
        for size, place in places.items():
            write_text(beside[size] / "contents.json", json.dumps(contents, indent=1))
            shutil.rmtree(place, ignore_errors=True)
            beside[size].rename(place)
    finally:
        for folder in beside.values():
            shutil.rmtree(folder, ignore_errors=True)


def _fill(
    images: ImageDataset, folders: dict[int, Path], workers: int, on_progress: OnProgress
) -> tuple[list[str], dict[str, str]]:
    """Write `pixels.npy` into each folder; return kept paths and reasons of failures.

    Threads suffice, since OpenCV and torch release the GIL while they decode and resize. An unreadable image
    leaves no gap: later images move up, and the end of the array stays unused.
    """
    count = len(images.paths)
    arrays = {
        size: np.lib.format.open_memmap(folder / "pixels.npy", "w+", np.uint8, (count, size, size, 3))
        for size, folder in folders.items()
    }
    paths: list[str] = []
    unreadable: dict[str, str] = {}

    def prepare(path: str) -> dict[int, NDArray[np.uint8]] | ImageError:
        try:
            image = read_image(images.root / path)
        except ImageError as error:
            return error
        return {size: resize(image, size) for size in folders}

    with ThreadPoolExecutor(max(1, workers)) as pool:
        results = pool.map(prepare, images.paths)
        try:
            for done, (path, result) in enumerate(zip(images.paths, results, strict=True), start=1):
                if isinstance(result, ImageError):
                    unreadable[path] = str(result)
                else:
                    for size, image in result.items():
                        arrays[size][len(paths)] = image
                    paths.append(path)
                on_progress(ProgressEvent("Reading images", done, count))
        except BaseException:
            pool.shutdown(cancel_futures=True)  # do not wait for the images still queued
            raise
    if not paths:
        first = next(iter(unreadable.values()))
        raise TrainingError(
            "none of the {count} images in {folder} can be read; the first: {first}",
            count=count,
            folder=images.root,
            first=first,
        )
    for array in arrays.values():
        array.flush()
    return paths, unreadable
