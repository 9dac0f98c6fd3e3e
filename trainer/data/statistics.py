"""Mean and standard deviation of a data set, as the report computed them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Statistics:
    """What pictures are normalised with: `(pixel / 255 - mean) / std`, per channel in RGB order."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def picture_statistics(pictures: Iterable[NDArray[np.uint8]]) -> Statistics:
    """Averages over pictures of each picture's own mean and std; pictures are uint8 `[S, S, 3]`.

    The average of the pictures' std is smaller than the std over all pixels (on Caltech-256 0.235 against
    0.317), because it leaves out how pictures differ from each other; the report used the average. A
    picture's std is torch's, with Bessel's correction.

    The caller passes the training part at the final picture size. The report took the whole data set; but
    what is held out should tell the network nothing, not even its average colour. The two differ in the
    third decimal.
    """
    total_mean = torch.zeros(3, dtype=torch.float64)
    total_std = torch.zeros(3, dtype=torch.float64)
    count = 0
    for picture in pictures:
        pixels = torch.from_numpy(np.array(picture).reshape(-1, 3)).float() / 255
        std, mean = torch.std_mean(pixels, dim=0)
        total_mean += mean
        total_std += std
        count += 1
    mean_r, mean_g, mean_b = (total_mean / count).tolist()
    std_r, std_g, std_b = (total_std / count).tolist()
    return Statistics((mean_r, mean_g, mean_b), (std_r, std_g, std_b))
