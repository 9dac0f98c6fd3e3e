"""Average random masks weighted by scores, as RISE and D-RISE do."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from whylight.errors import QuestionError
from whylight.perturbation.estimate import PerturbationResult, batches
from whylight.perturbation.masked_input import MaskedScores

_CONSTANT = 1e-5
"""Range of a map that is constant but for rounding, in relation to its values."""


def average_masks(
    scores: MaskedScores,
    size: tuple[int, int],
    *,
    masks: int,
    grid: int,
    shown: float,
    seed: int,
    batch: int,
) -> Iterator[PerturbationResult]:
    """Average random masks weighted by scores, the mean score subtracted.

    Args:
        scores: returns scores `[N, M]` of the image seen through masks `[N, H, W]`, which it may change.
        size: height and width of the masks.
        masks: their number.
        grid: rows and columns of their patterns.
        shown: probability with which a cell is shown.
        seed: of the masks.
        batch: masks per call of `scores`.

    Yields:
        Estimates with maps `[M, H, W]` over the masks so far.

    Raises:
        QuestionError: a number is out of range.
    """
    if masks < 2 or grid < 1 or not 0 < shown < 1:
        raise QuestionError(
            "{masks} masks of {grid} x {grid} cells shown with {shown:g}; expected at least 2 "
            "masks, 1 cell, and a probability between 0 and 1",
            masks=masks,
            grid=grid,
            shown=shown,
        )
    random = np.random.default_rng(seed)
    # Two halves of the masks, taken in turn, tell how far other masks would lead to another map.
    halves: list[RunningSums] = []
    for number, part in enumerate(batches(masks, batch)):
        drawn = random_masks(random, part.stop - part.start, size, grid, shown)
        found = scores(drawn)
        halves = halves or [RunningSums(found.shape[1], size), RunningSums(found.shape[1], size)]
        halves[number % 2].add(drawn, found)
        maps = (halves[0] + halves[1]).maps(shown)
        repeated = repeatability(halves[0].maps(shown), halves[1].maps(shown)) if number else None
        yield PerturbationResult(maps, part.stop, masks, repeatability=repeated)


class RunningSums:
    """Running sums over masks.

    They are kept apart, since the mean of the scores changes with every batch.
    """

    def __init__(self, count: int, size: tuple[int, int]) -> None:
        self.masks = 0
        self.score = np.zeros(count)
        self.mask = np.zeros(size)
        self.product = np.zeros((count, *size))

    def add(self, masks: NDArray[np.float32], scores: NDArray[np.float32]) -> None:
        """Add masks `[N, H, W]` and their scores `[N, M]`."""
        self.masks += len(masks)
        self.score += scores.sum(axis=0)
        self.mask += masks.sum(axis=0)
        self.product += np.einsum("nm,nhw->mhw", scores, masks)

    def __add__(self, other: RunningSums) -> RunningSums:
        """Return the sums over both."""
        both = RunningSums(len(self.score), (self.mask.shape[0], self.mask.shape[1]))
        both.masks = self.masks + other.masks
        both.score, both.mask = self.score + other.score, self.mask + other.mask
        both.product = self.product + other.product
        return both

    def maps(self, shown: float) -> NDArray[np.float32]:
        """Return the maps `[M, H, W]`, the mean score subtracted."""
        centred = self.product - self.score[:, None, None] / self.masks * self.mask
        return (centred / (self.masks * shown)).astype(np.float32)


def repeatability(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Estimate the correlation with a map of as many other masks, float32 `[M]`.

    It is 2 r / (1 + r) for the correlation r of the maps of two halves (Spearman and Brown, 1910). 0 where
    the halves contradict each other or are constant.
    """
    found = np.zeros(len(first), np.float32)
    for index, (one, other) in enumerate(zip(first, second, strict=True)):
        if all(np.ptp(map_) > _CONSTANT * np.abs(map_).max() for map_ in (one, other)):
            half = max(0.0, float(np.corrcoef(one.ravel(), other.ravel())[0, 1]))
            found[index] = 2 * half / (1 + half)
    return found


def random_masks(
    random: np.random.Generator, count: int, size: tuple[int, int], grid: int, shown: float
) -> NDArray[np.float32]:
    """Draw masks `[count, H, W]` in 0..1 as in the paper."""
    height, width = size
    cell_height, cell_width = -(-height // grid), -(-width // grid)
    masks = np.empty((count, height, width), np.float32)
    for mask in masks:
        choice = (random.random((grid, grid)) < shown).astype(np.float32)
        large = cv2.resize(choice, ((grid + 1) * cell_width, (grid + 1) * cell_height))
        top, left = random.integers(cell_height), random.integers(cell_width)
        mask[...] = large[top : top + height, left : left + width]
    return masks
