"""Write a report of the images in the window, like the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from ..session.color_scale import Scale, supports_scale
from ..session.rendering import RenderOptions

if TYPE_CHECKING:
    from whylight.explainer import Explainer


class ReportPass(Enum):
    """Pass of a report."""

    ONLY = 1
    FIRST = 2
    """First pass with the folder's scale: find the strongest evidence."""
    SECOND = 3
    """Second pass: draw."""


def write_report(
    explainer: Explainer,
    paths: Sequence[Path],
    folder: Path,
    method: str,
    options: RenderOptions,
    on_progress: Callable[[int, int, ReportPass], None],
    cancelled: Callable[[], bool],
) -> Path:
    """Write a report like `whylight explain` and return its first page.

    `on_progress` is called at the start and after each image with the number of completed images, the total
    and the pass. Raises `WhylightError`.
    """
    from whylight import report

    scale = _report_scale(options.scale, method, has_boxes=explainer.is_detector)
    first, last = ReportPass.ONLY, ReportPass.ONLY
    if scale == report.FOLDER:
        first, last = ReportPass.FIRST, ReportPass.SECOND
    on_progress(0, len(paths), first)

    def follow(progress: report.Progress) -> None:
        on_progress(progress.done, progress.total, first if progress.measuring else last)

    written = report.write_report(
        explainer,
        paths,
        folder,
        method=method,
        opacity=options.opacity,
        colour_map=options.colour_map,
        scale=scale,
        on_progress=follow,
        cancelled=cancelled,
    )
    return written.index


def _report_scale(scale: Scale, method: str, *, has_boxes: bool = False) -> str:
    """Return the name of a scale in reports; boxes have no common one."""
    from whylight import report
    from whylight.drawing import scales

    if scale is Scale.FOLDER:
        return report.FOLDER
    if scale is Scale.CLASSES and not has_boxes:
        return scales.COMPARED
    if scale is Scale.ABSOLUTE and supports_scale(method, scale):
        return scales.ABSOLUTE
    return scales.IMAGE
