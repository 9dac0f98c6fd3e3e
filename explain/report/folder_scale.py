"""One scale for all heatmaps of a report, which takes a look at every picture before the first is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explain.drawing import ceiling
from explain.errors import WhylightError
from explain.images import read_image
from explain.report.sources import Source
from explain.scales import SCALES

if TYPE_CHECKING:
    from explain.explainer import Explainer

FOLDER = "folder"
"""The strongest evidence in any heatmap of the report is 1, so that weak evidence looks weak."""

REPORT_SCALES = (*SCALES, FOLDER)
"""The scales that a report can be drawn on."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a look at every picture came to."""

    strongest: float
    """The evidence drawn as 1, in the maps' own units; 0 where nothing speaks for anything."""
    explained: Sequence[Source]
    """The pictures that could be explained."""
    stopped: bool
    """Whether it was cancelled: then the scale is not known, and nothing can be drawn on it."""


def measure(
    explainer: Explainer,
    sources: Sequence[Source],
    *,
    top: int,
    method: str,
    failed: Callable[[Source, WhylightError], None],
    told: Callable[[int, Source], None],
    cancelled: Callable[[], bool],
) -> Measured:
    """Find the strongest evidence in all maps that a report of these pictures will draw.

    Every picture is explained here and once more when it is drawn: maps kept for so long would take 16 KB a
    picture with five classes of the bundled model, and a report's memory must not grow with the folder.

    Args:
        explainer: explains them.
        sources: the pictures.
        top: classes explained a picture.
        method: the method that makes the maps.
        failed: called for each picture that cannot be explained, with the reason.
        told: called after each picture, with how many have been looked at.
        cancelled: asked before each picture.
    """
    strongest, explained = 0.0, list[Source]()
    for done, source in enumerate(sources, start=1):
        if cancelled():
            return Measured(strongest, explained, stopped=True)
        try:
            maps = explainer.explain(read_image(source.path), top=top, method=method).maps
        except WhylightError as error:
            failed(source, error)
        else:
            strongest = max(strongest, ceiling(maps))
            explained.append(source)
        told(done, source)
    return Measured(strongest, explained, stopped=False)
