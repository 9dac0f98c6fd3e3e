"""PyTorch's resizing of 8-bit images."""

from __future__ import annotations

import numpy as np
import pytest

from whylight.images.geometry import InputDescription
from whylight.images.torch_resize import resize_as_torch

torch = pytest.importorskip("torch")


def of_torch(image: np.ndarray, size: tuple[int, int], interpolation: str) -> np.ndarray:
    planes = torch.from_numpy(image).permute(2, 0, 1)[None]
    resized = torch.nn.functional.interpolate(planes, size=size, mode=interpolation, antialias=True)
    return resized[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("kind", ["noise", "black and white"])
def test_its_pixels_are_pytorchs(interpolation: str, kind: str) -> None:
    """Black beside white is where bicubic values are clipped between the two directions."""
    random = np.random.default_rng(0)
    # Not to one column: without AVX2, PyTorch repeats the first row of such images.
    sizes = [tuple(map(int, random.integers(2, 300, 4))) for _ in range(20)]
    for height, width, *wanted in [*sizes, (1200, 30, 17, 40), (1, 1, 5, 3), (40, 40, 40, 12)]:
        image = random.integers(0, 256, (height, width, 3)).astype(np.uint8)
        if kind == "black and white":
            image = np.where(image > 127, np.uint8(255), np.uint8(0))
        size = (wanted[0], wanted[1])
        assert np.array_equal(
            resize_as_torch(image, size, interpolation), of_torch(image, size, interpolation)
        )


def test_a_description_may_name_it() -> None:
    image = np.random.default_rng(0).integers(0, 256, (97, 301, 3)).astype(np.uint8)
    described = InputDescription(size=(64, 48), interpolation="torch-bicubic")
    assert np.array_equal(described.prepare(image), of_torch(image, (64, 48), "bicubic"))
    cropped = InputDescription(size=(64, 48), geometry="crop", resize=80, interpolation="torch-bilinear")
    resized = of_torch(image, (80, int(80 * 301 / 97)), "bilinear")
    left = (resized.shape[1] - 48) // 2
    assert np.array_equal(cropped.prepare(image), resized[8:72, left : left + 48])
