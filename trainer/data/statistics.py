"""Mean and standard deviation of a data set, computed as in the report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Statistics:
    """Normalisation of images: `(pixel / 255 - mean) / std`, per RGB channel."""

    mean: tuple[float, float, float]
    """Mean of each RGB channel, for pixels in 0..1."""
    std: tuple[float, float, float]
    """Standard deviation of each RGB channel, for pixels in 0..1."""


def image_statistics(images: Iterable[NDArray[np.uint8]]) -> Statistics:
    """Average each image's own mean and std over uint8 images `[S, S, 3]`.

    The averaged std is smaller than the std over all pixels (0.235 instead of 0.317 on Caltech-256), because
    it excludes differences between images; the report used the average. The std of an image has Bessel's
    correction, as in torch. Sums are of integers, so results are bit-identical on all machines.

    Pass the training part at the final image size. The report used the whole data set, which leaks
    information from the held-out part; the results differ in the third decimal.
    """
    means = np.zeros(3)
    stds = np.zeros(3)
    count = 0
    for image in images:
        pixels = image.reshape(-1, 3).astype(np.int64)
        number = len(pixels)
        sums = pixels.sum(axis=0)
        squared_deviations = number * (pixels**2).sum(axis=0) - sums**2
        means += sums / number / 255
        stds += np.sqrt(squared_deviations / (number * (number - 1))) / 255
        count += 1
    mean_r, mean_g, mean_b = (means / count).tolist()
    std_r, std_g, std_b = (stds / count).tolist()
    return Statistics((mean_r, mean_g, mean_b), (std_r, std_g, std_b))
