"""Common scale for all heatmaps of a report, from a first pass over the images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from whylight.drawing.scales import SCALES
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
    stopped: bool
    """Whether it was cancelled: then the scale is not known, and nothing can be drawn on it."""


def measure(
    workers: ParallelExplainer,
    sources: Iterable[Source],
    look: Callable[[Source], tuple[Mapping[str, Any], bool]],
    keep: Callable[[Source, Mapping[str, Any], bool], None],
    cancelled: Callable[[], bool],
) -> FolderScale:
    """Find the strongest evidence in all maps that a report will draw.

    Every image is explained here and once more when it is drawn: keeping the maps would take 16 KB an image
    with five classes of the bundled model, and a report's memory must not grow with the folder.

    Args:
        workers: run `look` on the images.
        sources: the images.
        look: returns an image's record, with the `strongest` evidence unless it has an `error`, and whether
            it is of an earlier run.
        keep: called with each image in order, its record, and whether that is of an earlier run.
        cancelled: called before each image.
    """
    strongest = 0.0
    with closing(workers.ordered_map(look, sources)) as outcomes:
        for source, outcome in outcomes:
            if cancelled():
                return FolderScale(strongest, stopped=True)
            record, earlier = outcome.result()
            strongest = max(strongest, record.get("strongest", 0.0))
            keep(source, record, earlier)
            del outcome  # its error's traceback holds this frame, and with it the model: a cycle
    return FolderScale(strongest, stopped=False)
