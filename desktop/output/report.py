"""Write a report of the images in the window, as the command line does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from ..session.color_scale import Scale, supports_scale
from ..session.rendering import RenderOptions

if TYPE_CHECKING:
    from whylight.explainer import Explainer


class ReportOptions(Enum):
    """What a report goes through its images for."""

    ONLY = 1
    FIRST = 2
    """On the folder's scale: to find the strongest evidence."""
    SECOND = 3
    """And then to draw."""


def write_report(
    explainer: Explainer,
    paths: Sequence[Path],
    folder: Path,
    method: str,
    look: RenderOptions,
    tell: Callable[[int, int, ReportOptions], None],
    stopped: Callable[[], bool],
) -> Path:
    """Write a report as `whylight explain` does and return its first page; raises `WhylightError`.

    `tell` is called at first and after each image with how many are done, of how many, in which pass.
    """
    from whylight import report

    scale = _report_scale(look.scale, method)
    first, last = ReportOptions.ONLY, ReportOptions.ONLY
    if scale == report.FOLDER:
        first, last = ReportOptions.FIRST, ReportOptions.SECOND
    tell(0, len(paths), first)

    def follow(progress: report.Progress) -> None:
        tell(progress.done, progress.total, first if progress.measuring else last)

    written = report.write_report(
        explainer,
        paths,
        folder,
        method=method,
        opacity=look.opacity,
        colour_map=look.colour_map,
        scale=scale,
        on_progress=follow,
        cancelled=stopped,
    )
    return written.index


def _report_scale(scale: Scale, method: str) -> str:
    """The report's name of a scale."""
    from whylight import report
    from whylight.drawing import scales

    if scale is Scale.FOLDER:
        return report.FOLDER
    if scale is Scale.CLASSES:
        return scales.COMPARED
    if scale is Scale.ABSOLUTE and supports_scale(method, scale):
        return scales.ABSOLUTE
    return scales.IMAGE
