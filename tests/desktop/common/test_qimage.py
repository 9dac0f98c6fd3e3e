"""Arrays to images and back: the same pixels, owned by the image."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from desktop.common.qimage import array_from_image, fit_within, half_size_levels, image_from_array


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_pixels_survive_the_way_there_and_back():
    for width in (1, 2, 3, 5, 8):
        array = noise(4, width)
        np.testing.assert_array_equal(array_from_image(image_from_array(array)), array)


def test_red_is_red():
    array = np.zeros((1, 2, 3), np.uint8)
    array[0, 1] = (255, 128, 0)
    assert image_from_array(array).pixelColor(1, 0) == QColor(255, 128, 0)


def test_a_view_with_strides_is_understood():
    array = noise(6, 10)
    view = array[::-2, ::3]
    np.testing.assert_array_equal(array_from_image(image_from_array(view)), view)


def test_the_image_owns_its_pixels():
    array = np.full((50, 50, 3), 7, np.uint8)
    image = image_from_array(array)
    array[:] = 200
    del array
    assert image.pixelColor(49, 49) == QColor(7, 7, 7)


def test_fits_within_keeping_the_aspect_and_never_enlarges():
    array = noise(100, 400)
    assert fit_within(array, 200).shape == (50, 200, 3)
    assert fit_within(array, 400) is array
    assert fit_within(noise(1, 3000), 256).shape == (1, 256, 3)


def test_levels_halve_until_small():
    levels = half_size_levels(noise(300, 1001))
    assert [(level.width(), level.height()) for level in levels] == [(1001, 300), (500, 150), (250, 75)]


def test_levels_keep_the_mean_colour():
    array = noise(512, 512)
    smallest = array_from_image(half_size_levels(array)[-1])
    np.testing.assert_allclose(smallest.mean((0, 1)), array.mean((0, 1)), atol=2)
