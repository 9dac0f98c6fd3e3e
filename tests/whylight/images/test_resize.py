"""Images are made smaller without passing over pixels."""

import cv2
import numpy as np
import pytest

from whylight.images.resize import shrink_to


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((1512, 2016), 320, (240, 320)),
        ((1511, 2016), 320, (240, 320)),  # an odd side
        ((30, 4096), 100, (1, 100)),
        ((2, 4096), 16, (1, 16)),
        ((640, 480), 320, (320, 240)),
    ],
)
def test_a_shrunk_image_is_the_mean_over_areas(
    size: tuple[int, int], longest: int, expected: tuple[int, int]
) -> None:
    image = cv2.resize(
        np.random.default_rng(7).integers(0, 256, (20, 20, 3), np.uint8),
        size[::-1],
        interpolation=cv2.INTER_LINEAR,
    )
    shrunk = shrink_to(image, longest)
    means = cv2.resize(image, expected[::-1], interpolation=cv2.INTER_AREA)
    assert shrunk.shape == (*expected, 3)
    difference = np.abs(shrunk.astype(int) - means.astype(int))
    assert difference.mean() < 1


def test_a_smaller_image_is_returned_as_it_is() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    assert shrink_to(image, 30) is image
