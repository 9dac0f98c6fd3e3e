"""Baseline maps made without the model, which useful methods should beat.

None of them knows the model or the class, so a metric that one of them wins, or nearly wins, says nothing
about the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

EDGE_BLUR = 1 / 32
"""Standard deviation of the blur of the edge map, as a share of the image's longer side."""


def random_map(size: tuple[int, int], seed: int) -> NDArray[np.float32]:
    """Draw a map `[h, w]` uniformly from 0..1."""
    return np.random.default_rng(seed).random(size, dtype=np.float32)


def centred_blob(size: tuple[int, int]) -> NDArray[np.float32]:
    """Centred Gaussian whose standard deviation is a quarter of each side, `[h, w]`.

    Photographers centre their objects, so on ordinary photographs this is hard to beat.
    """
    rows, columns = (np.linspace(-2, 2, 2 * length + 1, dtype=np.float32)[1::2] for length in size)
    return np.asarray(np.exp(-(rows[:, None] ** 2 + columns**2) / 2), np.float32)


def edge_map(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
    """Blurred strength of an image's edges, as a map `[h, w]`.

    Of RGB uint8 `[H, W, 3]`: length of Sobel's gradient of the grey image, blurred, and averaged over the
    cells. Adebayo et al. (*Sanity Checks for Saliency Maps*, arXiv 1810.03292) compare saliency maps with an
    edge detector, since the eye takes one for an explanation.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    edges = cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    blurred = cv2.GaussianBlur(edges, (0, 0), max(EDGE_BLUR * max(grey.shape), 0.5))
    return np.asarray(cv2.resize(blurred, (size[1], size[0]), interpolation=cv2.INTER_AREA), np.float32)


BASELINES: Mapping[str, Callable[[NDArray[np.uint8], tuple[int, int], int], NDArray[np.float32]]] = (
    MappingProxyType(
        {
            "random map": lambda _, size, seed: random_map(size, seed),
            "centred blob": lambda _, size, __: centred_blob(size),
            "edge map": lambda image, size, _: edge_map(image, size),
        }
    )
)
"""Functions from (image RGB uint8 `[H, W, 3]`, size (h, w), seed) to a map, by the names used in tables."""
