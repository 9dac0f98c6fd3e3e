"""Occlusion (Zeiler and Fergus, ECCV 2014, arXiv 1311.2901, section 4.2)."""

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
from whylight.perturbation.input_resize import at_input
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
    """Measure the drop of the score while a square of the mean colour covers a place.

        L_mij = s_m(image) - s_m(image with cell (i, j) and its neighbours covered)

    The image is divided into `cells` x `cells` cells, each the centre of one square, so that the map aligns
    with the image; squares are clipped at the border. One forward pass per cell.

    Args:
        model: the model.
        image: RGB uint8 `[H, W, 3]`.
        explanation: the image's explanation, whose scores are mapped.
        cells: rows and columns of the map; None for `CELLS`, limited by the number of pixels.
        reach: neighbours covered on each side: the square is `2 reach + 1` cells wide.
        batch: images per forward pass.

    Yields:
        Estimates with maps `[M, cells, cells]`, zero at cells not yet covered.

    Raises:
        QuestionError: there would be more cells than pixels, or fewer than one.
    """
    height, width = model.card.input_size
    if cells is None:
        cells = min(CELLS, height, width)
    if not 1 <= cells <= min(height, width) or reach < 0:
        raise QuestionError(
            "cannot occlude {cells} cells with a reach of {reach}; expected 1 to "
            "{least} cells and a reach of at least 0",
            cells=cells,
            reach=reach,
            least=min(height, width),
        )
    # Scores of the uncovered image, from its logits.
    seen = at_input(model, image)
    colour = mean_colour(model)
    weights = explanation.score_weights
    whole = weighted_logits(explanation.logits[None], weights)
    maps = np.zeros((len(weights), cells * cells), np.float32)
    rows, columns = _edges(height, cells), _edges(width, cells)
    for part in batches(cells * cells, batch):
        # Cover the cell and its neighbours in each image of the batch.
        kept = np.ones((part.stop - part.start, height, width), np.float32)
        for mask, cell in zip(kept, range(part.start, part.stop), strict=True):
            row, column = divmod(cell, cells)
            top, bottom = rows[max(row - reach, 0)], rows[min(row + reach + 1, cells)]
            left, right = columns[max(column - reach, 0)], columns[min(column + reach + 1, cells)]
            mask[top:bottom, left:right] = 0
        kept = seen.without_padding(kept)
        maps[:, part] = (whole - scores(seen.model, apply_masks(seen.image, kept, colour), weights)).T
        yield PerturbationResult(maps.reshape(-1, cells, cells).copy(), part.stop, cells * cells)


def _edges(length: int, cells: int) -> list[int]:
    """Return the boundaries of the cells, in pixels."""
    return [round(index * length / cells) for index in range(cells + 1)]
