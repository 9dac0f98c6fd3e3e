from __future__ import annotations

import numpy as np
import pytest

from trainer.data.statistics import image_statistics


def test_two_images_by_hand() -> None:
    # One image is constant, its std 0; the other is half 0 and half 1 in red: its std is sqrt(1 / 3).
    constant = np.full((2, 2, 3), 51, np.uint8)
    striped = np.zeros((2, 2, 3), np.uint8)
    striped[0, :, 0] = 255
    statistics = image_statistics([constant, striped])
    assert statistics.mean == pytest.approx(((0.2 + 0.5) / 2, 0.1, 0.1))
    assert statistics.std == pytest.approx((np.sqrt(1 / 3) / 2, 0, 0), abs=1e-7)


def test_it_is_the_average_over_images_not_over_pixels() -> None:
    brightness = np.linspace(0.1, 1, 9)[:, None, None, None]
    images = (np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3)) * brightness).astype(np.uint8)
    means, stds = [], []
    for image in images:
        values = image.reshape(-1, 3) / 255
        means.append(values.mean(axis=0))
        stds.append(values.std(axis=0, ddof=1))
    statistics = image_statistics(iter(images))
    np.testing.assert_allclose(statistics.mean, np.mean(means, axis=0), rtol=1e-6)
    np.testing.assert_allclose(statistics.std, np.mean(stds, axis=0), rtol=1e-6)
    over_pixels = (images.reshape(-1, 3) / 255).std(axis=0)
    assert (np.array(statistics.std) < over_pixels - 0.02).all()
