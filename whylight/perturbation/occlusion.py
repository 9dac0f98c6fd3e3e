"""Occlusion: Zeiler and Fergus, ECCV 2014, arXiv 1311.2901, section 4.2."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from whylight.errors import QuestionError
from whylight.explanation import Explanation
from whylight.perturbation.estimate import (
    BATCH,
    PerturbationResult,
    apply_masks,
    batches,
    mean_colour,
    scores,
    weighted_logits,
)
from whylight.perturbation.input_resize import resize_to_input
from whylight.protocols import Classifier

CELLS = 14
"""Rows and columns of a map: 196 forward passes."""


def occlusion(
    model: Classifier,
    image: NDArray[np.uint8],
    explanation: Explanation,
    *,
    cells: int | None = None,
    reach: int = 1,
    batch: int = BATCH,
) -> Iterator[PerturbationResult]:
    """How far the score falls while a square in the card's mean colour covers the place.

        L_mij = s_m(image) - s_m(image with cell (i, j) and its neighbours covered)

    The image is divided into `cells` x `cells` cells, each the middle of one square, so that the map lies
    over the image like any other; at the border the square is cut off. One forward pass a cell.

    Args:
        model: what is asked.
        image: RGB uint8 `[H, W, 3]`.
        explanation: the image's, whose scores are mapped.
        cells: rows and columns of the map; None for `CELLS`, or as many as there are pixels.
        reach: neighbours covered on each side: the square is `2 reach + 1` cells wide.
        batch: images a forward run.

    Yields:
        Estimates whose maps `[M, cells, cells]` are zero where nothing has been covered yet.

    Raises:
        QuestionError: there would be more cells than pixels, or fewer than one.
    """
    height, width = model.card.input_size
    if cells is None:
        cells = min(CELLS, height, width)
    if not 1 <= cells <= min(height, width) or reach < 0:
        raise QuestionError(
            "{cells} cells with a reach of {reach} were asked for; expected 1 to {least} cells and "
            "a reach of at least 0",
            cells=cells,
            reach=reach,
            least=min(height, width),
        )
    resized = resize_to_input(model, image)
    colour = mean_colour(model)
    weights = explanation.score_weights
    whole = weighted_logits(explanation.logits[None], weights)
    maps = np.zeros((len(weights), cells * cells), np.float32)
    rows, columns = _edges(height, cells), _edges(width, cells)
    for part in batches(cells * cells, batch):
        kept = np.ones((part.stop - part.start, height, width), np.float32)
        for mask, cell in zip(kept, range(part.start, part.stop), strict=True):
            row, column = divmod(cell, cells)
            top, bottom = rows[max(row - reach, 0)], rows[min(row + reach + 1, cells)]
            left, right = columns[max(column - reach, 0)], columns[min(column + reach + 1, cells)]
            mask[top:bottom, left:right] = 0
        maps[:, part] = (whole - scores(model, apply_masks(resized, kept, colour), weights)).T
        yield PerturbationResult(maps.reshape(-1, cells, cells).copy(), part.stop, cells * cells)


def _edges(length: int, cells: int) -> list[int]:
    """Where the cells begin, and where the last one ends, in pixels."""
    return [round(index * length / cells) for index in range(cells + 1)]
