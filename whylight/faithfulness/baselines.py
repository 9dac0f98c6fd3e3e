"""Baseline maps made without the model, which useful methods should beat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


def random_map(size: tuple[int, int], seed: int) -> NDArray[np.float32]:
    """Draw a map `[h, w]` uniformly from 0..1."""
    return np.random.default_rng(seed).random(size, dtype=np.float32)


def centred_blob(size: tuple[int, int], _seed: int = 0) -> NDArray[np.float32]:
    """Centred Gaussian whose standard deviation is a quarter of each side, `[h, w]`.

    Photographers centre their objects, so on ordinary photographs this is hard to beat.
    """
    rows, columns = (np.linspace(-2, 2, 2 * length + 1, dtype=np.float32)[1::2] for length in size)
    return np.asarray(np.exp(-(rows[:, None] ** 2 + columns**2) / 2), np.float32)


BASELINES: Mapping[str, Callable[[tuple[int, int], int], NDArray[np.float32]]] = MappingProxyType(
    {"random map": random_map, "centred blob": centred_blob}
)
"""Functions from (size (h, w), seed) to a map, by the names used in tables."""
