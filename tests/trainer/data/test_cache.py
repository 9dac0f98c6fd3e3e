from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from torchvision import transforms

from trainer.data.cache import ImageCache, open_caches, resize
from trainer.data.image_folder import open_folder
from trainer.data.image_set import ImageDataset
from trainer.progress.event import ProgressEvent
from whylight.errors import TrainingError
from whylight.images.decode import read_image
from whylight.images.encode import write_image


def _open(
    images: ImageDataset, folder: Path, *sizes: int
) -> tuple[dict[int, ImageCache], list[ProgressEvent]]:
    seen: list[ProgressEvent] = []
    return open_caches(images, sizes, folder, 2, seen.append), seen


def _torchvision(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    return np.asarray(transforms.Resize((size, size))(Image.fromarray(image)))


@pytest.mark.parametrize("size", [32, 96, 224])
@pytest.mark.parametrize("shape", [(480, 640), (97, 201), (20, 300), (224, 224), (60, 50)])
def test_resizing_equals_torchvision_on_pil_within_one_level(shape: tuple[int, int], size: int) -> None:
    image = np.random.default_rng(3).integers(0, 256, (*shape, 3), dtype=np.uint8)
    _assert_within_one_level(resize(image, size), _torchvision(image, size))


def _assert_within_one_level(found: NDArray[np.uint8], expected: NDArray[np.uint8]) -> None:
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_real_images_resize_as_torchvision_does(caltech256_sample: Path) -> None:
    for file in sorted(caltech256_sample.glob("*/*.jpg"))[::40]:
        image = read_image(file)
        _assert_within_one_level(resize(image, 224), _torchvision(image, 224))


def test_every_image_is_in_the_cache_at_every_size(coloured_folder: Path, tmp_path: Path) -> None:
    images = open_folder(coloured_folder)
    caches, _ = _open(images, tmp_path / "cache", 32, 48)
    for size, cache in caches.items():
        assert cache.paths == images.paths
        assert (cache.pixels.shape, cache.pixels.dtype) == ((24, size, size, 3), np.uint8)
        for row, path in enumerate(cache.paths):
            image = read_image(coloured_folder / path)
            np.testing.assert_array_equal(cache.pixels[row], resize(image, size))
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == ["coloured-32", "coloured-48"]


def test_the_second_time_nothing_is_decoded(coloured_folder: Path, tmp_path: Path) -> None:
    images = open_folder(coloured_folder)
    _, first = _open(images, tmp_path / "cache", 32)
    assert first[-1] == ProgressEvent("Reading images", 24, 24)
    _, second = _open(images, tmp_path / "cache", 32)
    assert second == []


def test_a_changed_image_rebuilds_the_cache(coloured_folder: Path, tmp_path: Path) -> None:
    changed = coloured_folder / "blue" / "03.png"
    _open(open_folder(coloured_folder), tmp_path / "cache", 32)
    before = changed.stat()
    image = read_image(changed)
    write_image(changed, np.full_like(image, 9))
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000_000))
    caches, seen = _open(open_folder(coloured_folder), tmp_path / "cache", 32)
    assert seen
    assert (caches[32].pixels[caches[32].paths.index("blue/03.png")] == 9).all()


def test_a_removed_image_rebuilds_the_cache(coloured_folder: Path, tmp_path: Path) -> None:
    _open(open_folder(coloured_folder), tmp_path / "cache", 32)
    (coloured_folder / "red" / "00.png").unlink()
    caches, _ = _open(open_folder(coloured_folder), tmp_path / "cache", 32)
    assert len(caches[32].paths) == len(caches[32].pixels) == 23


def test_unreadable_images_are_named_and_left_out(coloured_folder: Path, tmp_path: Path) -> None:
    (coloured_folder / "green" / "00.png").write_bytes(b"no image")
    images = open_folder(coloured_folder)
    cache = _open(images, tmp_path / "cache", 32)[0][32]
    assert list(cache.unreadable) == ["green/00.png"]
    assert "00.png" in cache.unreadable["green/00.png"]
    assert cache.paths == images.drop(cache.unreadable).paths
    assert len(cache.pixels) == 23
    last = read_image(coloured_folder / "red" / "07.png")
    np.testing.assert_array_equal(cache.pixels[-1], resize(last, 32))


def test_a_data_set_without_one_readable_image_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "set" / name).mkdir(parents=True)
        (tmp_path / "set" / name / "1.png").write_bytes(b"no image")
    with pytest.raises(TrainingError, match="none of the 2 images"):
        _open(open_folder(tmp_path / "set"), tmp_path / "cache", 32)
    assert list((tmp_path / "cache").iterdir()) == []
