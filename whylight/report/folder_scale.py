"""Common scale for all heatmaps of a report, from a first pass over the images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whylight.drawing.heatmap import max_evidence
from whylight.drawing.scales import SCALES
from whylight.errors import WhylightError
from whylight.parallel.explain_many import ParallelExplainer
from whylight.report.sources import Source

FOLDER = "folder"
"""The strongest evidence in any heatmap of the report is 1, so that weak evidence looks weak."""

REPORT_SCALES = (*SCALES, FOLDER)
"""The scales that a report can be drawn on."""


@dataclass(frozen=True, slots=True)
class FolderScale:
    """Result of the first pass over the images."""

    strongest: float
    """The evidence drawn as 1, in the maps' own units; 0 if there is none in any image."""
    explained: Sequence[Source]
    """The images that could be explained."""
    stopped: bool
    """Whether it was cancelled: then the scale is not known, and nothing can be drawn on it."""


def measure(
    workers: ParallelExplainer,
    sources: Sequence[Source],
    *,
    top: int,
    method: str,
    score_weights: NDArray[np.float32] | None = None,
    failed: Callable[[Source, WhylightError], None],
    told: Callable[[int, Source], None],
    cancelled: Callable[[], bool],
) -> FolderScale:
    """Find the strongest evidence in all maps that a report will draw.

    Every image is explained here and once more when it is drawn: keeping the maps would take 16 KB an image
    with five classes of the bundled model, and a report's memory must not grow with the folder.

    Args:
        workers: explain them.
        sources: the images.
        top: classes explained an image.
        method: the method that makes the maps.
        score_weights: the scores explained, `[M, K]`; None for the most likely classes.
        failed: called for each image that cannot be explained, with the reason.
        told: called after each image, with the number of images so far.
        cancelled: called before each image.
    """

    def looked_at(source: Source) -> float:
        with workers.explained(source.path, top, method, score_weights=score_weights) as (_, explanation):
            return max_evidence(explanation.seen_maps)

    strongest, explained = 0.0, list[Source]()
    with closing(workers.ordered_map(looked_at, sources)) as outcomes:
        for done, (source, outcome) in enumerate(outcomes, start=1):
            if cancelled():
                return FolderScale(strongest, explained, stopped=True)
            try:
                strongest = max(strongest, outcome.result())
            except WhylightError as error:
                failed(source, error)
            else:
                explained.append(source)
            del outcome  # its error's traceback holds this frame, and with it the model: a cycle
            told(done, source)
    return FolderScale(strongest, explained, stopped=False)
